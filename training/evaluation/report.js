// The scatter of the report: truth across, estimate up, drawn on a canvas so that 20,000 points stay quick; hover tells one of them.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const MARGIN = { left: 52, right: 22, top: 12, bottom: 40 }; // CSS pixels
const REACH = 24; // CSS pixels: how far from the pointer a point may lie
const TONES = ["green", "orange", "red"];
const LOG_TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000];
const money = (value) => "$" + value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const short = (value) => "$" + value.toLocaleString("en-US", { maximumFractionDigits: 1 });

function linearTicks(high) {
  const rough = 10 ** Math.floor(Math.log10(high / 6));
  const step = rough * ([1, 2, 5].find((factor) => high / (rough * factor) <= 6) || 10);
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, place) => place * step);
}

class Scatter {
  constructor(figure) {
    this.points = data.pricers[Number(figure.dataset.pricer)];
    this.canvas = figure.querySelector("canvas");
    this.tip = figure.querySelector(".tip");
    this.isLog = true;
    this.shown = { green: true, orange: true, red: true };
    this.current = -1;
    this.order = data.truth.map((_, i) => i).sort((a, b) => data.truth[a] - data.truth[b]);
    for (const button of figure.querySelectorAll("button[data-tone]")) button.onclick = () => this.toggle(button);
    for (const button of figure.querySelectorAll("button[data-scale]")) button.onclick = () => this.rescale(figure, button);
    this.canvas.onpointermove = (event) => this.select(this.nearest(event.offsetX, event.offsetY));
    this.canvas.onpointerdown = this.canvas.onpointermove;
    this.canvas.onpointerleave = () => this.select(-1);
    this.canvas.onblur = () => this.select(-1);
    this.canvas.onkeydown = (event) => this.step(event);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  toggle(button) {
    const tone = button.dataset.tone;
    this.shown[tone] = !this.shown[tone];
    button.setAttribute("aria-pressed", this.shown[tone]);
    this.select(-1);
    this.draw();
  }

  rescale(figure, pressed) {
    this.isLog = pressed.dataset.scale === "log";
    for (const button of figure.querySelectorAll("button[data-scale]")) button.setAttribute("aria-pressed", button === pressed);
    this.select(-1);
    this.draw();
  }

  // CSS pixels from the start of an axis; what lies beyond an end is drawn at it.
  along(value, length) {
    const [low, high] = this.isLog ? [Math.log(data.axis[0]), Math.log(data.axis[1])] : [0, data.axis[1]];
    const at = this.isLog ? Math.log(Math.max(value, data.axis[0])) : value;
    return (Math.min(Math.max((at - low) / (high - low), 0), 1)) * length;
  }

  x(value) { return MARGIN.left + this.along(value, this.width - MARGIN.left - MARGIN.right); }
  y(value) { return this.height - MARGIN.bottom - this.along(value, this.height - MARGIN.top - MARGIN.bottom); }

  draw() {
    const density = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * density);
    this.canvas.height = Math.round(this.height * density);
    const pen = this.canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue("--" + name).trim();
    pen.scale(density, density);
    pen.clearRect(0, 0, this.width, this.height);
    this.drawAxes(pen);
    this.px = data.truth.map((value) => this.x(value));
    this.py = this.points.price.map((value) => this.y(value));
    for (const tone of TONES) if (this.shown[tone]) this.drawTone(pen, tone);
    // A copy to lay the selected point over, so that moving the pointer does not draw all points again.
    this.still = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height });
    this.still.getContext("2d").drawImage(this.canvas, 0, 0);
    this.drawCurrent();
  }

  drawAxes(pen) {
    pen.font = "12px system-ui, sans-serif";
    pen.lineWidth = 1;
    const ticks = this.isLog ? LOG_TICKS.filter((tick) => tick >= data.axis[0] && tick <= data.axis[1]) : linearTicks(data.axis[1]);
    for (const tick of ticks) {
      this.line(pen, "line", [this.x(tick), MARGIN.top], [this.x(tick), this.height - MARGIN.bottom]);
      this.line(pen, "line", [MARGIN.left, this.y(tick)], [this.width - MARGIN.right, this.y(tick)]);
      pen.fillStyle = this.colour("muted");
      pen.textAlign = "center";
      pen.fillText(short(tick), this.x(tick), this.height - MARGIN.bottom + 16);
      pen.textAlign = "right";
      pen.fillText(short(tick), MARGIN.left - 6, this.y(tick) + 4);
    }
    pen.textAlign = "center";
    pen.fillText("truth", (MARGIN.left + this.width - MARGIN.right) / 2, this.height - 6);
    pen.save();
    pen.translate(11, (this.height - MARGIN.bottom + MARGIN.top) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText("estimate", 0, 0);
    pen.restore();
    const low = this.isLog ? data.axis[0] : 0;
    pen.lineWidth = 1.5;
    this.line(pen, "ink", [this.x(low), this.y(low)], [this.x(data.axis[1]), this.y(data.axis[1])]);
  }

  line(pen, colour, from, to) {
    pen.strokeStyle = this.colour(colour);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  }

  // Each tone has a shape of its own, for whoever does not tell the colours apart.
  drawTone(pen, tone) {
    const size = data.truth.length > 5000 ? 2 : 3.2;
    pen.globalAlpha = data.truth.length > 5000 ? 0.5 : 0.65;
    pen.fillStyle = pen.strokeStyle = this.colour(tone);
    pen.lineWidth = 1.5;
    pen.beginPath();
    this.points.tone.forEach((code, i) => { if (TONES[code] === tone) this.shape(pen, tone, this.px[i], this.py[i], size); });
    if (tone === "red") pen.stroke(); else pen.fill();
    pen.globalAlpha = 1;
  }

  shape(pen, tone, x, y, size) {
    if (tone === "green") {
      pen.moveTo(x + size, y);
      pen.arc(x, y, size, 0, 2 * Math.PI);
    } else if (tone === "orange") {
      pen.moveTo(x, y - size * 1.4);
      pen.lineTo(x + size * 1.4, y);
      pen.lineTo(x, y + size * 1.4);
      pen.lineTo(x - size * 1.4, y);
      pen.closePath();
    } else {
      pen.moveTo(x - size, y - size);
      pen.lineTo(x + size, y + size);
      pen.moveTo(x + size, y - size);
      pen.lineTo(x - size, y + size);
    }
  }

  drawCurrent() {
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.width, this.height);
    pen.drawImage(this.still, 0, 0, this.width, this.height);
    if (this.current < 0) return;
    const [x, y, i] = [this.px[this.current], this.py[this.current], this.current];
    pen.lineWidth = 2;
    if (this.points.low[i] !== null) this.line(pen, "ink", [x, this.y(this.points.low[i])], [x, this.y(this.points.high[i])]);
    pen.strokeStyle = this.colour("ink");
    pen.beginPath();
    pen.arc(x, y, 7, 0, 2 * Math.PI);
    pen.stroke();
  }

  nearest(x, y) {
    let best = -1;
    let least = REACH * REACH;
    for (let i = 0; i < this.px.length; i++) {
      const distance = (this.px[i] - x) ** 2 + (this.py[i] - y) ** 2;
      if (distance < least && this.shown[TONES[this.points.tone[i]]]) [best, least] = [i, distance];
    }
    return best;
  }

  select(i) {
    if (i === this.current) return;
    this.current = i;
    this.drawCurrent();
    this.tip.hidden = i < 0;
    if (i < 0) return;
    const { price, low, high } = this.points;
    const name = document.createElement("b");
    name.textContent = data.titles[i];
    const interval = low[i] === null ? "none" : `${money(low[i])} to ${money(high[i])}`;
    const lines = [`truth ${money(data.truth[i])}`, `estimate ${money(price[i])}`, `80 % interval ${interval}`, `error ${money(Math.abs(price[i] - data.truth[i]))}`];
    this.tip.replaceChildren(name, ...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
    const left = this.px[i] + 14 + this.tip.offsetWidth > this.width ? this.px[i] - 14 - this.tip.offsetWidth : this.px[i] + 14;
    this.tip.style.left = `${Math.max(left, 0)}px`;
    this.tip.style.top = `${Math.min(Math.max(this.py[i] - 20, 0), this.height - this.tip.offsetHeight)}px`;
  }

  // The arrow keys walk through the products, cheapest first.
  step(event) {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const visible = this.order.filter((i) => this.shown[TONES[this.points.tone[i]]]);
    if (!visible.length) return;
    const place = visible.indexOf(this.current);
    this.select(visible[place < 0 ? 0 : (place + way + visible.length) % visible.length]);
  }
}

for (const figure of document.querySelectorAll(".scatter")) new Scatter(figure);
