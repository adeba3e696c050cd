// Today's deals with their places on the map, and the list of them beside it.
import { placed } from "./scene.js";

const LOOSE = 0.4; // similarity below which a deal is like nothing that is on the map
const LONGEST = 80; // characters of a title beside a point
export let deals = placed([]);

// Fetches them; why some have no place, or nothing.
export async function loadDeals() {
  try {
    const found = await loadJson("/map/deals.json");
    deals = placed(found.items);
    return found.problem;
  } catch (error) {
    return `The deals could not be put on the map: ${error.message}.`;
  }
}

export const opened = (index) => `/opportunities/${encodeURIComponent(deals.items[index].id)}`;

export function told(index) {
  const { title, price, worth, saving, similarity } = deals.items[index];
  const name = title.length > LONGEST ? `${title.slice(0, LONGEST)}…` : title;
  return `${name} · ${price}, worth ${worth}, saves ${saving}${similarity < LOOSE ? " · like nothing on the map, so its place says little" : ""}`;
}

// Marks a deal in the list, and none for -1; the list scrolls to it, the page does not.
export function mark(index) {
  const list = document.querySelector("#deals ol");
  const id = deals.items[index]?.id;
  for (const line of document.querySelectorAll("#deals [data-deal]")) {
    const isOn = line.dataset.deal === id;
    line.classList.toggle("on", isOn);
    if (!isOn) continue;
    const [above, below] = [line.offsetTop, line.offsetTop + line.offsetHeight]; // within the list, which is positioned
    if (above < list.scrollTop) list.scrollTop = above;
    else if (below > list.scrollTop + list.clientHeight) list.scrollTop = below - list.clientHeight;
  }
}
