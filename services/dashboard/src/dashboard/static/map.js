// Draws the map of products on a canvas from Plotly figures: no library, so nothing heavy to carry and nothing from elsewhere.
"use strict";
const REACH = 1000; // positions lie within -REACH..REACH
const EYE = 3600; // distance of the eye in space; nearer points look larger
const START = { zoom: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };

const board = document.getElementById("board");
const canvas = document.getElementById("map");
const tip = document.getElementById("tip");
const boxes = [...document.querySelectorAll("#legend input")];
const pens = canvas.getContext("2d");
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const figures = {};
const pointers = new Map();
let points = [];
let view = { ...START };
let isSpace = false;
let chosen = null;
let isAsked = false;

function unpack(figure) {
  return figure.data.flatMap((trace, category) =>
    trace.x.map((x, i) => ({
      x, y: -trace.y[i], z: trace.z ? trace.z[i] : 0, category, name: trace.name, price: trace.customdata[i], colour: trace.marker.color,
    })));
}

// Where a point is on the canvas, in CSS pixels, and how large it looks (1: as at the middle).
function place(point, width, height) {
  const scale = Math.min(width, height) / 2 / REACH * 0.94 * view.zoom;
  if (!isSpace) return { left: width / 2 + view.x + point.x * scale, top: height / 2 + view.y + point.y * scale, size: 1 };
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [Math.sin(view.yaw), Math.cos(view.yaw), Math.sin(view.pitch), Math.cos(view.pitch)];
  const x = point.x * cosYaw + point.z * sinYaw;
  const deep = point.z * cosYaw - point.x * sinYaw;
  const y = point.y * cosPitch - deep * sinPitch;
  const size = EYE / (EYE + deep * cosPitch + point.y * sinPitch);
  return { left: width / 2 + x * scale * size * 0.85, top: height / 2 + y * scale * size * 0.85, size };
}

function draw() {
  isAsked = false;
  const { clientWidth: width, clientHeight: height } = canvas;
  const sharp = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  pens.setTransform(sharp, 0, 0, sharp, 0, 0);
  const shown = points.filter((point) => boxes[point.category].checked);
  for (const point of shown) Object.assign(point, place(point, width, height));
  if (isSpace) shown.sort((a, b) => a.size - b.size);
  for (const point of shown) {
    pens.globalAlpha = isSpace ? Math.min(1, Math.max(0.25, (point.size - 0.72) * 1.6)) : 0.8;
    dot(point, 2.4 * point.size * Math.min(2.2, Math.sqrt(view.zoom)), point.colour);
  }
  pens.globalAlpha = 1;
  if (chosen && boxes[chosen.category].checked) ring(chosen);
  else tip.hidden = true;
}

function dot(point, radius, colour) {
  pens.fillStyle = colour;
  pens.beginPath();
  pens.arc(point.left, point.top, radius, 0, 2 * Math.PI);
  pens.fill();
}

function ring(point) {
  pens.strokeStyle = getComputedStyle(board).color;
  pens.lineWidth = 2;
  pens.beginPath();
  pens.arc(point.left, point.top, 7, 0, 2 * Math.PI);
  pens.stroke();
  tip.textContent = `${point.name} · ${dollars.format(point.price)}`;
  tip.hidden = false;
  tip.style.left = `${Math.min(Math.max(point.left - tip.offsetWidth / 2, 4), canvas.clientWidth - tip.offsetWidth - 4)}px`;
  tip.style.top = `${point.top > 48 ? point.top - tip.offsetHeight - 14 : point.top + 16}px`;
}

function redraw() {
  if (!isAsked) requestAnimationFrame(draw);
  isAsked = true;
}

function nearest(left, top) {
  let best = null;
  let least = 14 ** 2;
  for (const point of points) {
    const distance = (point.left - left) ** 2 + (point.top - top) ** 2;
    if (distance < least && boxes[point.category].checked) [best, least] = [point, distance];
  }
  return best;
}

// Zooms by a factor; in the plane, the spot under the pointer (from the canvas's middle) stays where it is.
function zoom(factor, x = 0, y = 0) {
  const wanted = Math.min(40, Math.max(0.5, view.zoom * factor));
  const real = wanted / view.zoom;
  Object.assign(view, { zoom: wanted, x: x - (x - view.x) * real, y: y - (y - view.y) * real });
  redraw();
}

function move(x, y) {
  if (isSpace) {
    view.yaw -= x / 180;
    view.pitch = Math.min(1.5, Math.max(-1.5, view.pitch + y / 180));
  } else Object.assign(view, { x: view.x + x, y: view.y + y });
  redraw();
}

const gap = () => {
  const [one, two] = pointers.values();
  return Math.hypot(one.x - two.x, one.y - two.y);
};

function follow(event) {
  const held = pointers.get(event.pointerId);
  if (!held) {
    chosen = nearest(event.offsetX, event.offsetY);
    return redraw();
  }
  const now = { x: event.clientX, y: event.clientY };
  const before = pointers.size === 2 ? gap() : 0;
  pointers.set(event.pointerId, now);
  if (before) return zoom(gap() / before);
  if (pointers.size === 1) move(now.x - held.x, now.y - held.y);
}

function press(event) {
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  canvas.setPointerCapture(event.pointerId);
  chosen = nearest(event.offsetX, event.offsetY);
  redraw();
}

const release = (event) => pointers.delete(event.pointerId);
const KEYS = {
  ArrowLeft: () => move(-24, 0), ArrowRight: () => move(24, 0), ArrowUp: () => move(0, -24), ArrowDown: () => move(0, 24),
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: reset,
};

function reset() {
  view = { ...START };
  chosen = null;
  redraw();
}

async function show(name) {
  try {
    if (!figures[name]) {
      const answer = await fetch(`/map/${name}.json?${board.dataset.version}`);
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      figures[name] = unpack(await answer.json());
    }
  } catch (error) {
    tip.textContent = `The map could not be loaded: ${error.message}.`;
    tip.hidden = false;
    return;
  }
  if (document.querySelector("[name=view]:checked").value !== name) return; // switched again meanwhile
  [points, isSpace] = [figures[name], name === "space"];
  reset();
  canvas.dataset.shows = name;
}

board.hidden = false;
canvas.addEventListener("pointermove", follow);
canvas.addEventListener("pointerdown", press);
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, release);
canvas.addEventListener("pointerleave", () => { chosen = null; redraw(); });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), event.offsetX - canvas.clientWidth / 2, event.offsetY - canvas.clientHeight / 2);
}, { passive: false });
canvas.addEventListener("keydown", (event) => {
  const act = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});
for (const box of boxes) box.addEventListener("change", redraw);
for (const radio of document.querySelectorAll("[name=view]")) radio.addEventListener("change", () => show(radio.value));
document.getElementById("all").addEventListener("click", () => {
  const isFull = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isFull;
  redraw();
});
document.getElementById("reset").addEventListener("click", reset);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new ResizeObserver(redraw).observe(canvas);
show(document.querySelector("[name=view]:checked").value);
