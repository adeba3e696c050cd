// Draws the figures that a page names: <div data-figure="/path.json">. Colours in a figure are names of the page's ("accent",
// "ink"); they, the fonts and the ground follow the page, in the light and in the dark. The table below a plot has the same figures.
"use strict";

const CONFIG = { displayModeBar: false, responsive: true };
const plots = new Map();

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || name;

function coloured(value, key = "") {
  if (Array.isArray(value)) return value.map((each) => coloured(each, key));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, name)]));
  return typeof value === "string" && key.endsWith("color") ? colour(value) : value;
}

function dressed(figure) {
  const axis = { gridcolor: "line", zerolinecolor: "line", linecolor: "line", automargin: true };
  const { xaxis, yaxis, ...rest } = figure.layout;
  const layout = {
    paper_bgcolor: "paper", plot_bgcolor: "paper", font: { color: "soft", size: 12, family: "system-ui, sans-serif" },
    margin: { l: 8, r: 8, t: 18, b: 8 }, hovermode: "closest", xaxis: { ...axis, ...xaxis }, yaxis: { ...axis, ...yaxis },
    legend: { orientation: "h", y: -0.18 }, ...rest,
  };
  const data = figure.data.map((trace) => ({
    ...trace,
    line: { color: trace.meta, ...trace.line },
    marker: { color: trace.meta, size: 6, ...trace.marker },
  }));
  return [coloured(data), coloured(layout)];
}

async function draw(board) {
  tellFailed(board);
  board.hidden = false;
  try {
    plots.set(board, await loadJson(board.dataset.figure));
    board.replaceChildren();
    await Plotly.newPlot(board, ...dressed(plots.get(board)), CONFIG);
    board.dataset.drawn = "yes";
  } catch (error) {
    board.hidden = true;
    tellFailed(board, `The plot could not be drawn: ${error.message}.`, () => draw(board));
  }
}

// A plot that has the focus is gone through by the arrow keys: each of its points says what `customdata` has of it, in the element
// behind the plot.
function go(board, step) {
  const traces = (board.data || []).flatMap(({ customdata = [] }, curveNumber) => customdata.map((words, pointNumber) => ({ curveNumber, pointNumber, words })));
  if (!traces.length) return;
  const at = board.at === undefined ? (step > 0 ? 0 : traces.length - 1) : (board.at + step + traces.length) % traces.length;
  const { curveNumber, pointNumber, words } = traces[board.at = at];
  Plotly.Fx.hover(board, [{ curveNumber, pointNumber }]);
  board.nextElementSibling.textContent = `${at + 1} of ${traces.length}: ${words}`;
}

function leave(board) {
  if (board.at === undefined) return;
  board.at = undefined;
  Plotly.Fx.unhover(board);
  board.nextElementSibling.textContent = "";
}

for (const board of document.querySelectorAll("[data-figure][tabindex]")) {
  board.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) event.preventDefault(), go(board, step);
    if (event.key === "Escape") leave(board);
  });
  board.addEventListener("blur", () => leave(board));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const [board, figure] of plots) Plotly.react(board, ...dressed(figure), CONFIG);
});
for (const board of document.querySelectorAll("[data-figure]")) draw(board);
