// Draws the ledger's two plots with Plotly, of figures that /ledger/figures.json gives. Colours are the page's own, light or dark;
// arrow keys go from point to point, and what a point says is written below the plot as well.
"use strict";
const board = document.getElementById("plots");
const MINUS = "\u2212";
let figures = null;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const dollars = (value) => `${value < 0 ? MINUS : ""}$${Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
const percent = (value) => `${Math.round(value * 100)} %`;

function layout(x, y) {
  const axis = { gridcolor: colour("line"), zerolinecolor: colour("line"), linecolor: colour("line"), automargin: true, fixedrange: true };
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("soft") };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font, margin: { l: 8, r: 12, t: 8, b: 8 }, showlegend: false,
    hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("line"), font: { ...font, color: colour("ink") }, align: "left" },
    hovermode: "closest", dragmode: false, xaxis: { ...axis, ...x }, yaxis: { ...axis, ...y },
  };
}

// Titles come from strangers' feeds, and Plotly reads some markup in its labels.
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function savingsPlot({ claimed, held, verdict, title, points, pushed }) {
  const words = claimed.map((value, at) => [
    title[at], `claimed ${dollars(value)}, ${dollars(held[at])} held: ${verdict[at]}`, `pushed ${pushed[at]}, ${points[at]} days with a later offer`,
  ]);
  const end = Math.max(1, ...claimed) * 1.05;
  const line = (share, dash) => ({
    x: [0, end], y: [0, end * share], mode: "lines", line: { color: colour("soft"), width: 1, dash }, hoverinfo: "skip", type: "scatter",
  });
  const tint = { right: colour("accent"), wrong: colour("bad"), open: colour("soft") };
  const symbol = { right: "circle", wrong: "x", open: "circle-open" };
  const marker = { size: 9, opacity: 0.85, color: verdict.map((each) => tint[each] || tint.open), symbol: verdict.map((each) => symbol[each] || symbol.open) };
  const dots = { x: claimed, y: held, mode: "markers", type: "scatter", marker, hovertemplate: words.map((each) => `${each.map(plain).join("<br>")}<extra></extra>`) };
  const axes = [{ title: { text: "claimed saving" }, tickprefix: "$", rangemode: "tozero" }, { title: { text: "what of it held" }, tickprefix: "$" }];
  const note = (share, text) => ({ x: end, y: end * share, text, showarrow: false, xanchor: "right", yanchor: "bottom", font: { size: 11, color: colour("soft") } });
  const notes = [note(1, "all of it"), note(0.5, "half of it: right above")];
  return { data: [line(1, "solid"), line(0.5, "dash"), dots], layout: { ...layout(...axes), annotations: notes }, curve: 2, words };
}

function weeksPlot({ week, share, low, high, known, right }) {
  const words = week.map((name, at) => [`week of ${name}`, `${percent(share[at])} right: ${right[at]} of ${known[at]}`, `95 % interval ${percent(low[at])} to ${percent(high[at])}`]);
  const band = (values, more) => ({ x: week, y: values, mode: "lines", line: { width: 0, shape: "linear" }, hoverinfo: "skip", type: "scatter", ...more });
  const most = Math.max(1, ...known);
  const marker = { color: colour("accent"), size: known.map((count) => 6 + 8 * Math.sqrt(count / most)) };
  const dots = {
    x: week, y: share, mode: "lines+markers", type: "scatter", line: { color: colour("accent"), width: 2 }, marker,
    hovertemplate: words.map((each) => `${each.map(plain).join("<br>")}<extra></extra>`),
  };
  if (week.length === 1) dots.error_y = { type: "data", symmetric: false, array: [high[0] - share[0]], arrayminus: [share[0] - low[0]], color: colour("range") };
  const axes = [{ type: "date" }, { range: [-0.03, 1.03], tickformat: ".0%", title: { text: "share right, 95 % interval" } }];
  const data = [band(low), band(high, { fill: "tonexty", fillcolor: colour("range"), opacity: 0.4 }), dots];
  return { data, layout: layout(...axes), curve: 2, words };
}

const PLOTS = { savings: savingsPlot, weeks: weeksPlot };

function draw() {
  for (const [name, make] of Object.entries(PLOTS)) {
    const element = document.getElementById(name);
    const made = make(figures[name]);
    element.closest("section").hidden = made.words.length === 0;
    if (!made.words.length) continue;
    Plotly.react(element, made.data, made.layout, { displayModeBar: false, responsive: true });
    element.said = made;
  }
}

function go(element, step) {
  const { words, curve } = element.said;
  const at = element.at === undefined ? (step > 0 ? 0 : words.length - 1) : (element.at + step + words.length) % words.length;
  element.at = at;
  Plotly.Fx.hover(element, [{ curveNumber: curve, pointNumber: at }]);
  document.getElementById(`${element.id}-said`).textContent = `${at + 1} of ${words.length}: ${words[at].join(", ")}`;
}

function leave(element) {
  if (element.at === undefined) return;
  element.at = undefined;
  Plotly.Fx.unhover(element);
  document.getElementById(`${element.id}-said`).textContent = "";
}

async function show() {
  const answer = await fetch(board.dataset.figures);
  if (!answer.ok) return;
  figures = await answer.json();
  board.hidden = false;
  draw();
  for (const name of Object.keys(PLOTS)) {
    const element = document.getElementById(name);
    element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) event.preventDefault(), go(element, step);
      if (event.key === "Escape") leave(element);
    });
    element.addEventListener("blur", () => leave(element));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
if (board) show();
