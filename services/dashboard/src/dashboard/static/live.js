// Keeps an open page up to date. The server tells over one stream which topics have changed; each piece of the page that shows
// one fetches itself again: hx-get (this page), hx-select (the piece), hx-trigger="live:TOPIC from:body". Without JavaScript a
// page is as it was when it was fetched, and every form works.
"use strict";

const AGAIN = 5000; // milliseconds until a stream that was refused is asked for again
let stream = null;
let wasLost = false;

function announce(topic) {
  htmx.trigger(document.body, `live:${topic}`);
}

function tellLost(isLost) {
  wasLost = isLost;
  document.documentElement.classList.toggle("is-offline", isLost);
}

// One connection for each page that is looked at: a browser allows six to one host, and a hidden page needs none.
function listen() {
  if (document.hidden || stream) return;
  stream = new EventSource("/live");
  stream.addEventListener("changed", (event) => announce(event.data));
  stream.addEventListener("error", () => {
    tellLost(true);
    if (stream?.readyState === EventSource.CLOSED) refused(); // else the browser connects again by itself
  });
  stream.addEventListener("open", () => {
    if (wasLost) announce("all");
    tellLost(false);
    tellTrouble("is-out", false);
  });
}

function hush() {
  stream?.close();
  stream = null;
}

// A stream that is answered with an error, as by a proxy whose dashboard is away or because nobody is signed in, is given up by
// the browser, which does not say why.
async function refused() {
  hush();
  setTimeout(listen, AGAIN);
  const asked = new AbortController();
  setTimeout(() => asked.abort(), LONGEST_WAIT);
  const status = await fetch("/live", { signal: asked.signal }).then((answer) => answer.status, () => 0);
  asked.abort();
  if (status === 401) askIn();
}

const isTyped = (box) => (box.type === "checkbox" || box.type === "radio" ? box.checked !== box.defaultChecked : box.value !== box.defaultValue);

// Whoever is signed out meanwhile is asked to sign in; at once, unless something was typed that would be lost.
function askIn() {
  if ([...document.querySelectorAll("main input, main textarea")].some(isTyped)) tellTrouble("is-out", true);
  else location.reload();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return hush();
  announce("all");
  listen();
});
window.addEventListener("pagehide", hush);
window.addEventListener("pageshow", listen);

// What a person has opened, typed or chosen stays when a piece of the page is put in the place of the former.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => !(name === "open" && element.tagName === "DETAILS");
Idiomorph.defaults.ignoreActiveValue = true;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.detail.shouldSwap = false;
  askIn();
});

// The service worker had a copy shown, and the page itself came after it.
navigator.serviceWorker?.addEventListener("message", () => announce("all"));
listen();

// On a narrow screen the sections lie side by side out of sight: the one that is looked at is not.
const shown = document.querySelector("header nav a[aria-current]");
if (shown) shown.parentElement.scrollLeft = shown.offsetLeft - shown.parentElement.offsetLeft - (shown.parentElement.clientWidth - shown.offsetWidth) / 2;
