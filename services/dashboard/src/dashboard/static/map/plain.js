// Draws the same map on a canvas without WebGL: slower, and everywhere.
import { dotRadius, projector } from "./camera.js";

export function openPlain(canvas) {
  const pens = canvas.getContext("2d");
  return { kind: "plain", draw: (scene) => draw(canvas, pens, scene) };
}

const css = ([r, g, b], alpha = 1) => `rgb(${r * 255} ${g * 255} ${b * 255} / ${alpha})`;

function draw(canvas, pens, scene) {
  const { width, height, sharp, isSpace, points, palette, deals, chosen, colours, hasDeals } = scene;
  Object.assign(canvas, { width: Math.round(width * sharp), height: Math.round(height * sharp) });
  pens.setTransform(sharp, 0, 0, sharp, 0, 0);
  const at = projector(isSpace, width, height);
  const radius = dotRadius(width, height);
  for (const [{ left, top, size }, category] of ordered(points, palette, at, isSpace)) {
    pens.fillStyle = css(palette[category], isSpace ? Math.min(1, Math.max(0.25, (size - 0.72) * 1.6)) : 0.8);
    circle(pens, left, top, radius * size);
    pens.fill();
  }
  if (hasDeals) each(deals, at, ({ left, top }) => diamond(pens, left, top, colours));
  if (!chosen) return;
  each(chosen, at, ({ left, top }) => {
    Object.assign(pens, { strokeStyle: css(colours.ink), lineWidth: 2 });
    circle(pens, left, top, chosen.isDeal ? 12 : 7);
    pens.stroke();
  });
}

function each({ packed, count }, at, act) {
  for (let i = 0; i < count; i += 1) act(at(packed[4 * i], packed[4 * i + 1], packed[4 * i + 2]), packed[4 * i + 3]);
}

// Those that are shown; in space the farthest first.
function ordered(points, palette, at, isSpace) {
  const found = [];
  each(points, at, (place, category) => { if (palette[category][3]) found.push([{ ...place }, category]); });
  return isSpace ? found.sort((a, b) => a[0].size - b[0].size) : found;
}

function circle(pens, left, top, radius) {
  pens.beginPath();
  pens.arc(left, top, radius, 0, 2 * Math.PI);
}

function diamond(pens, left, top, colours) {
  pens.beginPath();
  for (const [x, y] of [[0, -9], [9, 0], [0, 9], [-9, 0]]) pens.lineTo(left + x, top + y);
  pens.closePath();
  Object.assign(pens, { fillStyle: css(colours.deal), strokeStyle: css(colours.paper), lineWidth: 2 });
  pens.fill();
  pens.stroke();
}
