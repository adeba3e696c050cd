// Draws the map by WebGL2: one buffer of positions and categories for each view, all else uniforms, so that a frame costs the
// processor next to nothing however many points there are.
import { EYE, SPREAD, dotRadius, scaleOf, view } from "./camera.js";

const MOST = 32; // categories
const STRIDE = 8; // bytes of a point: x, y, z and category, 16 bits each
const [DOT, DEAL, RING] = [0, 1, 2];
const VERTEX = `#version 300 es
layout(location = 0) in vec3 at;
layout(location = 1) in float category;
uniform vec4 palette[${MOST}]; // alpha 0: not shown
uniform vec2 size; // of the canvas, in CSS pixels
uniform vec2 offset;
uniform vec4 turn; // sine and cosine of yaw, of pitch
uniform vec3 paper;
uniform float scale, sharp, radius;
uniform bool isSpace;
uniform int shape;
out vec4 colour;
out float inner, pixel; // the shape's radius and a pixel, where the point reaches from -1 to 1
void main() {
  colour = palette[int(category)];
  vec2 place = at.xy * scale;
  float near = 1.0, deep = 0.0;
  if (isSpace) {
    float back = at.z * turn.y - at.x * turn.x;
    deep = back * turn.w + at.y * turn.z;
    near = ${EYE}.0 / (${EYE}.0 + deep);
    place = vec2(at.x * turn.y + at.z * turn.x, at.y * turn.w - back * turn.z) * scale * near * ${SPREAD};
    if (shape == ${DOT}) colour.rgb = mix(paper, colour.rgb, clamp((near - 0.72) * 1.6, 0.25, 1.0));
  }
  vec2 spot = (place + offset) / size * 2.0;
  gl_Position = colour.a == 0.0 ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(spot.x, -spot.y, shape == ${DOT} ? deep / 4000.0 : -1.0, 1.0);
  float real = shape == ${DOT} ? radius * near : radius;
  gl_PointSize = 2.0 * (real + 1.0) * sharp;
  inner = real / (real + 1.0);
  pixel = 2.0 / gl_PointSize;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform vec3 paper;
uniform int shape;
in vec4 colour;
in float inner, pixel;
out vec4 painted;
float within(float far, float edge) { return clamp((edge - far) / pixel + 0.5, 0.0, 1.0); }
void main() {
  vec2 spot = abs(gl_PointCoord * 2.0 - 1.0);
  float far = shape == ${DEAL} ? spot.x + spot.y : length(spot);
  float cover = within(far, inner) * colour.a;
  vec3 fill = colour.rgb;
  if (shape == ${DEAL}) fill = mix(paper, fill, within(far, inner - 3.0 * pixel));
  if (shape == ${RING}) cover *= 1.0 - within(far, inner - 2.0 * pixel);
  if (cover < 0.02) discard;
  painted = vec4(fill * cover, cover);
}`;

// The painter over a canvas; null where it has no WebGL2, and the canvas is as it was.
export function openWebgl(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: true });
  return gl && { kind: "webgl", draw: drawing(gl, canvas) };
}

function drawing(gl, canvas) {
  const places = prepare(gl);
  const buffers = new WeakMap(); // points -> what draws them, let go of with them
  return (scene) => {
    const { width, height, sharp } = scene;
    const [across, down] = [Math.round(width * sharp), Math.round(height * sharp)];
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    gl.viewport(0, 0, across, down);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    look(gl, places, scene);
    for (const layer of layers(scene)) paint(gl, places, layer, buffered(gl, buffers, layer.points));
  };
}

// What lies above what: products, deals, the ring around what is chosen.
function layers({ width, height, points, deals, chosen, palette, colours, isSpace, hasDeals }) {
  const radius = dotRadius(width, height);
  const found = [{ shape: DOT, points, radius, isDeep: isSpace, palette: palette.map(([r, g, b, isOn]) => [r, g, b, isOn ? (isSpace ? 1 : 0.8) : 0]) }];
  if (hasDeals && deals.count) found.push({ shape: DEAL, points: deals, radius: 9, palette: [[...colours.deal, 1]] });
  if (chosen) found.push({ shape: RING, points: chosen, radius: chosen.isDeal ? 13 : 8, palette: [[...colours.ink, 1]] });
  return found;
}

function prepare(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.depthFunc(gl.LEQUAL);
  const names = ["palette", "size", "offset", "turn", "paper", "scale", "sharp", "radius", "isSpace", "shape"];
  return Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)]));
}

function look(gl, places, { width, height, sharp, isSpace, colours }) {
  gl.uniform2f(places.size, width, height);
  gl.uniform2f(places.offset, view.x, view.y);
  gl.uniform4f(places.turn, Math.sin(view.yaw), Math.cos(view.yaw), Math.sin(view.pitch), Math.cos(view.pitch));
  gl.uniform3f(places.paper, ...colours.paper);
  gl.uniform1f(places.scale, scaleOf(width, height));
  gl.uniform1f(places.sharp, sharp);
  gl.uniform1i(places.isSpace, isSpace);
}

function paint(gl, places, { shape, points, radius, palette, isDeep }, array) {
  const colours = new Float32Array(MOST * 4);
  palette.slice(0, MOST).forEach((colour, i) => colours.set(colour, i * 4));
  gl.uniform4fv(places.palette, colours);
  gl.uniform1f(places.radius, radius);
  gl.uniform1i(places.shape, shape);
  if (isDeep) gl.enable(gl.DEPTH_TEST);
  else gl.disable(gl.DEPTH_TEST);
  gl.bindVertexArray(array);
  gl.drawArrays(gl.POINTS, 0, points.count);
}

// Points are sent to the card once; those of deals and of what is chosen anew when they are others.
function buffered(gl, buffers, points) {
  const known = buffers.get(points.packed);
  if (known) return known;
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, points.packed, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 3, gl.SHORT, false, STRIDE, 0);
  gl.enableVertexAttribArray(1);
  gl.vertexAttribPointer(1, 1, gl.SHORT, false, STRIDE, 6);
  buffers.set(points.packed, array);
  return array;
}
