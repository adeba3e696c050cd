// What is on the map: products by view, deals, what is chosen and which colours they have. Knows nothing of how it is drawn.
const hex = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255);

// Points as they are drawn: x, y (downwards), z and category, 16 bits each.
function packed(rows) {
  const values = Int16Array.from(rows.flat());
  return { packed: values, count: rows.length };
}

// A figure of Plotly as points, with category names, colours and prices beside them.
export function unpack(figure) {
  const rows = figure.data.flatMap((trace, category) => trace.x.map((x, i) => [x, -trace.y[i], trace.z ? trace.z[i] : 0, category]));
  return {
    ...packed(rows),
    names: figure.data.map((trace) => trace.name),
    colours: figure.data.map((trace) => hex(trace.marker.color)),
    prices: figure.data.flatMap((trace) => trace.customdata),
  };
}

// Deals that have a place, as points of either view.
export function placed(items) {
  const known = items.filter((item) => item.flat);
  const rows = { flat: known.map(({ flat: [x, y] }) => [x, -y, 0, 0]), space: known.map(({ space: [x, y, z] }) => [x, -y, z, 0]) };
  return { items: known, flat: packed(rows.flat), space: packed(rows.space) };
}

// One point of some, to be drawn by itself.
export function single(points, index, isDeal) {
  const [x, y, z] = points.packed.subarray(4 * index, 4 * index + 3);
  return { ...packed([[x, y, z, 0]]), index, isDeal, x, y, z };
}

// The page's colours by their names, as red, green and blue from 0 to 1.
export function pageColours() {
  const style = getComputedStyle(document.documentElement);
  const pens = document.createElement("canvas").getContext("2d");
  const read = (name) => {
    pens.fillStyle = style.getPropertyValue(`--${name}`).trim() || "#888888";
    return hex(pens.fillStyle);
  };
  return { deal: read("deal"), ink: read("ink"), paper: read("paper") };
}

// The index of the point nearest to a spot among those that `isShown` by category, within so many CSS pixels; -1 where there is none.
export function nearest({ packed: values, count }, at, { left, top, within }, isShown = () => true) {
  let [best, least] = [-1, within ** 2];
  for (let i = 0; i < count; i += 1) {
    const place = at(values[4 * i], values[4 * i + 1], values[4 * i + 2]);
    const distance = (place.left - left) ** 2 + (place.top - top) ** 2;
    if (distance < least && isShown(values[4 * i + 3])) [best, least] = [i, distance];
  }
  return best;
}
