// Where a point of the map is on the screen, by zoom, place and turn. The shader of webgl.js does the same sums.
const REACH = 1000; // positions lie within -REACH..REACH
export const EYE = 3600; // distance of the eye in space; nearer points look larger
export const SPREAD = 0.85; // of the plane's size, so that a turned cube fits
const START = { zoom: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };

export const view = { ...START };

export const rewind = () => Object.assign(view, START);

export const scaleOf = (width, height) => (Math.min(width, height) / 2 / REACH) * 0.94 * view.zoom;

// Of a product's dot, in CSS pixels: smaller where all have less room, larger where one has come nearer.
export function dotRadius(width, height) {
  return 2.4 * Math.min(1, Math.max(0.6, Math.sqrt(Math.min(width, height) / 640))) * Math.min(2.2, Math.sqrt(view.zoom));
}

// A function from a position (y downwards) to CSS pixels; it fills and returns the same object each time. size: 1 in the middle.
export function projector(isSpace, width, height) {
  const scale = scaleOf(width, height);
  const [left, top] = [width / 2 + view.x, height / 2 + view.y];
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [Math.sin(view.yaw), Math.cos(view.yaw), Math.sin(view.pitch), Math.cos(view.pitch)];
  const out = { left: 0, top: 0, size: 1 };
  if (!isSpace) return (x, y) => Object.assign(out, { left: left + x * scale, top: top + y * scale });
  return (x, y, z) => {
    const deep = z * cosYaw - x * sinYaw;
    out.size = EYE / (EYE + deep * cosPitch + y * sinPitch);
    out.left = left + (x * cosYaw + z * sinYaw) * scale * out.size * SPREAD;
    out.top = top + (y * cosPitch - deep * sinPitch) * scale * out.size * SPREAD;
    return out;
  };
}

// Zooms by a factor; the spot under the pointer (from the middle) stays where it is.
export function zoom(factor, x = 0, y = 0) {
  const wanted = Math.min(40, Math.max(0.5, view.zoom * factor));
  const real = wanted / view.zoom;
  Object.assign(view, { zoom: wanted, x: x - (x - view.x) * real, y: y - (y - view.y) * real });
}

export function move(x, y, isSpace) {
  if (!isSpace) return Object.assign(view, { x: view.x + x, y: view.y + y });
  view.yaw -= x / 180;
  view.pitch = Math.min(1.5, Math.max(-1.5, view.pitch + y / 180));
}
