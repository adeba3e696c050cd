// Adds lines to the page of activity as things happen, newest first, and keeps no more than MOST of them. What is filtered the
// server filters, by the page's own query. Without JavaScript the page shows the last lines as they were.
"use strict";

const MOST = 500;
const list = document.getElementById("lines");
const pause = document.getElementById("pause");
const waiting = document.getElementById("waiting");
let source = null;
let kept = []; // what came while paused, oldest first

function show(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // rendered and escaped by the server
  const line = holder.content.firstElementChild;
  if (!line || document.getElementById(line.id)) return;
  const at = Number(line.dataset.at);
  let next = list.firstElementChild;
  while (next && Number(next.dataset.at) > at) next = next.nextElementSibling;
  list.insertBefore(line, next);
  while (list.childElementCount > MOST) list.lastElementChild.remove();
  document.getElementById("none").hidden = true;
}

function isPaused() {
  return pause.getAttribute("aria-pressed") === "true";
}

function hear(event) {
  if (!isPaused()) return show(event.data);
  kept.push(event.data);
  if (kept.length > MOST) kept.shift();
  waiting.textContent = kept.length === 1 ? "1 line waits" : `${kept.length} lines wait`;
}

function listenToLines() {
  if (document.hidden || source) return;
  source = new EventSource(`/activity/stream${location.search}`);
  source.addEventListener("line", hear);
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return; // the browser connects again by itself
    hushLines();
    setTimeout(listenToLines, AGAIN); // of live.js
  });
}

function hushLines() {
  source?.close();
  source = null;
}

pause.hidden = false;
pause.addEventListener("click", () => {
  const willPause = !isPaused();
  pause.setAttribute("aria-pressed", String(willPause));
  pause.textContent = willPause ? "Go on" : "Pause";
  if (willPause) return;
  for (const html of kept) show(html);
  kept = [];
  waiting.textContent = "";
});
document.addEventListener("visibilitychange", () => (document.hidden ? hushLines() : listenToLines()));
window.addEventListener("pagehide", hushLines);
window.addEventListener("pageshow", listenToLines);
listenToLines();
