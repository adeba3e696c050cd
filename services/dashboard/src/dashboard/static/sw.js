// The service worker: what is shown without a connection, and what a push to this browser says. Pages come from the network
// whenever that answers; the last copy of each is kept for when it does not. Nothing of them is left after a sign-out, nor once
// somebody is asked to sign in. A page that is fetched for a browser's tab is never told as redirected: where that leads is asked
// for as a page of its own.
"use strict";

const SHELL = "shell-VERSION"; // what all pages load; a new release has another name
const PAGES = "pages"; // the last copy of each page
const MOST = 40; // pages
const OFFLINE = "/offline";
const UNKEPT = ["/sign-in", OFFLINE, "/share"];
const PATIENCE = 4000; // milliseconds that a page is waited for where there is a copy

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([OFFLINE, ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== SHELL && name !== PAGES);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === "/sign-out") return event.respondWith(caches.delete(PAGES).then(() => fetch(request)));
  if (request.method !== "GET" || url.pathname === "/live") return;
  if (url.pathname.startsWith("/static/")) return event.respondWith(kept(request));
  if (request.mode === "navigate") event.respondWith(page(event));
});

async function kept(request) {
  return (await (await caches.open(SHELL)).match(request)) || fetch(request);
}

async function page(event) {
  const { request } = event;
  const cache = await caches.open(PAGES);
  const copy = await cache.match(request, { ignoreVary: true });
  const answer = fetch(request).then(async (response) => {
    if (response.ok && new URL(request.url).pathname === "/sign-in") await caches.delete(PAGES);
    else if (response.ok && !response.redirected && isPage(response) && isKept(new URL(request.url))) await keep(cache, request, response.clone());
    return response;
  });
  const late = copy && new Promise((resolve) => setTimeout(() => resolve(copy), PATIENCE));
  try {
    const shown = await (late ? Promise.race([answer, late]) : answer);
    if (copy && shown === copy) event.waitUntil(answer.then(() => tellOf(event.resultingClientId), () => {}));
    return shown;
  } catch {
    return copy || (await (await caches.open(SHELL)).match(OFFLINE)) || Response.error();
  }
}

// Has a page that was a copy bring itself up to date.
async function tellOf(id) {
  (await self.clients.get(id))?.postMessage("fresh");
}

// A file that is downloaded, as a backup, is had new or not at all.
const isPage = (response) => (response.headers.get("content-type") || "").startsWith("text/html");
const isKept = (url) => !UNKEPT.includes(url.pathname) && !url.searchParams.has("flash");

// A page that breaks off is an error; one that cannot be kept, as on a full disk, is shown all the same.
async function keep(cache, request, response) {
  const whole = new Response(await response.arrayBuffer(), response);
  try {
    await cache.delete(request);
    await cache.put(request, whole);
    const known = await cache.keys();
    await Promise.all(known.slice(0, Math.max(0, known.length - MOST)).map((each) => cache.delete(each)));
  } catch (error) {
    console.warn("No copy is kept:", error);
  }
}

// A push of the notifier: {title, body, url, tag, priority}. What cannot be read is told all the same: a browser demands that
// every push is shown.
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    said = { body: event.data?.text() };
  }
  const options = {
    body: String(said.body ?? ""), tag: said.tag, icon: "/static/icons/icon-192.png", badge: "/static/icons/icon-192.png",
    data: { url: String(said.url ?? "/") }, requireInteraction: said.priority === "urgent", silent: said.priority === "low",
  };
  event.waitUntil(self.registration.showNotification(String(said.title ?? "Product Pricing Agent"), options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data.url, self.location.origin);
  const target = wanted.protocol.startsWith("http") ? wanted.href : self.location.origin;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const same = open.find((each) => each.url === target);
      return same ? same.focus() : self.clients.openWindow(target);
    }),
  );
});
