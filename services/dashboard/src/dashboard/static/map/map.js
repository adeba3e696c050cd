// The page of the map: products and today's deals, moved by pointer, wheel and keys; a deal is opened by a click or by Enter.
import { move, projector, rewind, view, zoom } from "./camera.js";
import { deals, loadDeals, mark, opened, told } from "./deals.js";
import { openPlain } from "./plain.js";
import { nearest, pageColours, single, unpack } from "./scene.js";
import { openWebgl } from "./webgl.js";

const REACHES = { mouse: 12, touch: 24, pen: 14 }; // CSS pixels within which a pointer means a point
const PATIENCE = 3000; // milliseconds for which a lost card is waited for
const byId = (id) => document.getElementById(id);
const [board, plane, tip, dealsBox] = ["board", "map", "tip", "show-deals"].map(byId);
const boxes = [...document.querySelectorAll("#legend input[data-category]")];
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const figures = {};
const pointers = new Map();
let [painter, points, chosen, press] = [null, null, null, null];
let [isSpace, isAsked] = [false, false];
let colours = pageColours();

const size = () => ({ width: plane.clientWidth, height: plane.clientHeight });
const positions = () => deals[isSpace ? "space" : "flat"];
const at = () => projector(isSpace, plane.clientWidth, plane.clientHeight);

// What is drawn: everything that a painter needs to know.
export function scene() {
  const palette = points.colours.map((colour, i) => [...colour, boxes[i]?.checked ? 1 : 0]);
  const shown = chosen && (chosen.isDeal ? dealsBox.checked : palette[points.packed[4 * chosen.index + 3]][3]);
  const sharp = Math.min(window.devicePixelRatio || 1, 2);
  return { ...size(), sharp, isSpace, points, palette, colours, deals: positions(), hasDeals: dealsBox.checked, chosen: shown ? chosen : null };
}

export function draw() {
  isAsked = false;
  if (!points || !painter) return;
  const drawn = scene();
  painter.draw(drawn);
  tell(drawn.chosen);
}

export function redraw() {
  if (!isAsked) requestAnimationFrame(draw);
  isAsked = true;
}

export const state = () => ({ isAsked, isSpace, chosen, points, painter, view });

// ---- what is pointed at

function tell(point) {
  tip.hidden = !point;
  if (!point) return;
  const said = point.isDeal ? told(point.index) : `${points.names[points.packed[4 * point.index + 3]]} · ${dollars.format(points.prices[point.index])}`;
  if (tip.textContent !== said) tip.textContent = said;
  const { left, top } = at()(point.x, point.y, point.z);
  const furthest = plane.clientWidth - tip.offsetWidth - 4;
  tip.style.left = `${Math.max(4, Math.min(left - tip.offsetWidth / 2, furthest))}px`;
  tip.style.top = `${Math.max(4, top > tip.offsetHeight + 20 ? top - tip.offsetHeight - 16 : top + 18)}px`;
}

function choose(point) {
  chosen = point;
  plane.classList.toggle("on-deal", Boolean(point?.isDeal));
  mark(point?.isDeal ? point.index : -1);
  redraw();
}

const chooseDeal = (index) => choose(single(positions(), index, true));

// A deal rather than a product, where both are near.
function under(event) {
  const spot = { left: event.offsetX, top: event.offsetY, within: REACHES[event.pointerType] || 14 };
  const deal = dealsBox.checked ? nearest(positions(), at(), spot) : -1;
  if (deal >= 0) return single(positions(), deal, true);
  const product = points ? nearest(points, at(), spot, (category) => boxes[category]?.checked) : -1;
  return product >= 0 ? single(points, product, false) : null;
}

// The following or the former deal, brought into sight.
function step(by) {
  const { count } = positions();
  if (!count || !dealsBox.checked) return;
  const from = chosen?.isDeal ? chosen.index : by > 0 ? -1 : 0;
  show((from + by + count) % count);
}

function show(index) {
  chooseDeal(index);
  const { width, height } = size();
  const { left, top } = at()(chosen.x, chosen.y, chosen.z);
  if (left > 12 && left < width - 12 && top > 12 && top < height - 12) return;
  if (isSpace) rewind();
  else move(width / 2 - left, height / 2 - top, false);
}

// ---- pointers, wheel and keys

const gap = () => {
  const [one, two] = pointers.values();
  return Math.hypot(one.x - two.x, one.y - two.y);
};

function follow(event) {
  const held = pointers.get(event.pointerId);
  if (!held) return choose(under(event));
  const now = { x: event.clientX, y: event.clientY };
  const before = pointers.size === 2 ? gap() : 0;
  pointers.set(event.pointerId, now);
  if (press && Math.hypot(now.x - press.x, now.y - press.y) > 5) press = null;
  if (before) zoom(gap() / before);
  else if (pointers.size === 1) move(now.x - held.x, now.y - held.y, isSpace);
  redraw();
}

function hold(event) {
  const before = chosen;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  plane.setPointerCapture(event.pointerId);
  const found = under(event);
  const isNew = !(found?.isDeal && before?.isDeal && found.index === before.index);
  // A finger has not pointed before it presses: its first touch tells what is there, the second opens it.
  press = found?.isDeal && event.button === 0 && !(isNew && event.pointerType === "touch") ? { x: event.clientX, y: event.clientY } : null;
  choose(found);
}

function release(event) {
  pointers.delete(event.pointerId);
  if (press && event.type === "pointerup" && chosen?.isDeal) open(event);
  press = null;
}

function open(event) {
  const address = opened(chosen.index);
  if (event.ctrlKey || event.metaKey) window.open(address, "_blank", "noopener");
  else location.assign(address);
}

function wind(event) {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), event.offsetX - plane.clientWidth / 2, event.offsetY - plane.clientHeight / 2);
  redraw();
}

const KEYS = {
  ArrowLeft: () => move(-24, 0, isSpace), ArrowRight: () => move(24, 0, isSpace), ArrowUp: () => move(0, -24, isSpace), ArrowDown: () => move(0, 24, isSpace),
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: reset,
  n: () => step(1), p: () => step(-1), Escape: () => choose(null),
};

function type(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && chosen?.isDeal) return open(event);
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
  redraw();
}

function reset() {
  rewind();
  choose(null);
}

// ---- what it is drawn on

// A card that is lost and does not come back is done without: a canvas keeps to the first way of drawing that it was asked for.
function open2d(canvas) {
  const fresh = canvas.cloneNode();
  canvas.replaceWith(fresh);
  use(openPlain(fresh), fresh);
}

function use(found, canvas) {
  painter = found;
  canvas.dataset.drawn = found.kind;
  redraw();
}

function start(canvas) {
  let found;
  try {
    found = openWebgl(canvas);
  } catch (error) { // a card that does not take the shaders
    console.warn("The map is drawn without WebGL:", error);
    return open2d(canvas);
  }
  if (!found) return use(openPlain(canvas), canvas);
  let waiting = 0;
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    painter = null;
    canvas.dataset.drawn = "lost";
    waiting = setTimeout(() => open2d(canvas), PATIENCE);
  });
  canvas.addEventListener("webglcontextrestored", () => {
    clearTimeout(waiting);
    if (canvas.isConnected) use(openWebgl(canvas), canvas);
  });
  use(found, canvas);
}

async function load(name) {
  tellFailed(plane);
  try {
    figures[name] ??= unpack(await loadJson(`/map/${name}.json?${board.dataset.version}`));
  } catch (error) {
    return tellFailed(plane, `The map could not be loaded: ${error.message}.`, () => load(name));
  }
  if (document.querySelector("[name=view]:checked").value !== name) return; // switched again meanwhile
  [points, isSpace] = [figures[name], name === "space"];
  reset();
  plane.dataset.shows = name;
}

async function refreshDeals() {
  const said = byId("deals-said");
  if (chosen?.isDeal) choose(null);
  const problem = await loadDeals();
  said.replaceChildren(...(problem ? orAgain(problem, refreshDeals) : []));
  said.hidden = !problem;
  plane.dataset.deals = positions().count;
  redraw();
}

board.classList.remove("still");
for (const [name, act] of Object.entries({ pointermove: follow, pointerdown: hold, pointerup: release, pointercancel: release, keydown: type })) plane.addEventListener(name, act);
plane.addEventListener("pointerleave", () => choose(null));
plane.addEventListener("wheel", wind, { passive: false });
for (const box of [...boxes, dealsBox]) box.addEventListener("change", redraw);
for (const radio of document.querySelectorAll("[name=view]")) radio.addEventListener("change", () => load(radio.value));
byId("all").addEventListener("click", () => {
  const isFull = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isFull;
  redraw();
});
byId("reset").addEventListener("click", reset);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { colours = pageColours(); redraw(); });
new ResizeObserver(redraw).observe(plane);
// The list beside the map leads to the same deals: the one that has the focus, or is pointed at, is ringed.
for (const name of ["focusin", "mouseover"]) {
  byId("deals").addEventListener(name, (event) => {
    const index = deals.items.findIndex(({ id }) => id === event.target.closest("[data-deal]")?.dataset.deal);
    if (index >= 0 && dealsBox.checked && !(chosen?.isDeal && chosen.index === index)) show(index);
  });
}
document.body.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "deals") refreshDeals(); });
start(plane.querySelector("canvas"));
load(document.querySelector("[name=view]:checked").value);
refreshDeals();
