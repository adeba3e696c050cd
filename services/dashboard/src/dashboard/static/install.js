// Makes the dashboard an app: registers the service worker, and lets a person have pushes in this very browser.
"use strict";

const worker = "serviceWorker" in navigator ? navigator.serviceWorker.register("/sw.js") : null;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

async function subscribe(form) {
  const said = form.querySelector("output");
  try {
    if (!worker || !("PushManager" in window)) throw new Error("this browser takes no pushes, or not over plain http");
    if ((await Notification.requestPermission()) !== "granted") throw new Error("this browser was told not to show notifications");
    const key = await (await fetch("/push/key")).json();
    if (!key.key) throw new Error(key.detail ?? "the notifier has no key");
    const { pushManager } = await navigator.serviceWorker.ready;
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key.key) });
    const body = JSON.stringify({ label: form.elements.label.value, ...made.toJSON() });
    const answer = await fetch("/push/subscriptions", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) throw new Error((await answer.json()).detail ?? `the server answered ${answer.status}`);
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
