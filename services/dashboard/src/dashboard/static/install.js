// Makes the dashboard an app: registers the service worker, and lets a person have pushes in this very browser.
"use strict";

const worker = "serviceWorker" in navigator ? navigator.serviceWorker.register("/sw.js") : null;

worker?.catch((error) => console.warn("There is no service worker:", error)); // who asks for pushes is told
const START = 20_000; // milliseconds that it has to be installed

const late = () => new Promise((_, fail) => setTimeout(() => fail(new Error("the service worker could not be installed")), START));
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

// What the server answers as JSON, else an error with its reason.
const asked = (path, options = {}) => inTime(async (signal) => {
  const answer = await fetch(path, { ...options, signal, headers: { Accept: "application/json", "Content-Type": "application/json" } });
  const said = await answer.json().catch(() => signal.throwIfAborted() ?? {});
  if (!answer.ok) throw new Error((said.detail ?? `the server answered ${answer.status}`).replace(/\.$/, ""));
  return said;
});

// A browser keeps one subscription, and makes none for another key beside it: one of a notifier that had another gives way.
async function subscribed(pushManager, key) {
  const former = await pushManager.getSubscription();
  const known = new Uint8Array(former?.options.applicationServerKey ?? []);
  if (former && String(known) !== String(key)) await former.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function subscribe(form) {
  const said = form.querySelector("output");
  try {
    if (!worker || !("PushManager" in window)) throw new Error("this browser takes no pushes, or not over plain http");
    if ((await Notification.requestPermission()) !== "granted") throw new Error("this browser was told not to show notifications");
    await worker;
    const { pushManager } = await Promise.race([navigator.serviceWorker.ready, late()]);
    const made = await subscribed(pushManager, bytes((await asked("/push/key")).key));
    const body = JSON.stringify({ label: form.elements.label.value, ...made.toJSON() });
    await asked("/push/subscriptions", { method: "POST", body });
    said.textContent = "This browser is a channel now.";
    htmx.trigger(document.body, "live:channels");
  } catch (error) {
    said.textContent = `Not done: ${error.message}.`;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-subscribe]")) return;
  event.preventDefault();
  subscribe(event.target);
});
