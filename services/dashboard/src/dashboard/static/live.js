// Keeps an open page up to date. The server tells over one stream which topics have changed; each piece of the page that shows
// one fetches itself again: hx-get (this page), hx-select (the piece), hx-trigger="live:TOPIC from:body". Without JavaScript a
// page is as it was when it was fetched, and every form works.
"use strict";

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
  stream.addEventListener("error", () => tellLost(true)); // it connects again by itself
  stream.addEventListener("open", () => {
    if (wasLost) announce("all");
    tellLost(false);
  });
}

function hush() {
  stream?.close();
  stream = null;
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

// Whoever is signed out meanwhile is asked to sign in.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.detail.shouldSwap = false;
  location.reload();
});
listen();
