/* Keeps the site usable without a network: its style and script, an offline page, and the reader's own gifts and receipts. */
"use strict";

const STATIC = "rf-static-1";
const MINE = "rf-mine-1";
const OFFLINE = "/offline";
const isMine = (url) => url.pathname === "/me" || url.pathname.startsWith("/me/") || url.pathname.startsWith("/g/");

async function keepOfflinePage() {
  const cache = await caches.open(STATIC);
  const page = await fetch(OFFLINE, { cache: "reload" });
  const parts = (await page.clone().text()).match(/\/static\/[^"#?]+\.(css|js|svg)/g) || [];
  await cache.put(OFFLINE, page);
  await cache.addAll([...new Set(parts)]);
}

self.addEventListener("install", (event) => { event.waitUntil(keepOfflinePage().then(() => self.skipWaiting())); });

self.addEventListener("activate", (event) => {
  const drop = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== STATIC && name !== MINE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

/* Served from the cache at once, refreshed behind it. */
async function fromCache(request) {
  const cache = await caches.open(STATIC);
  const kept = await cache.match(request);
  const fresh = fetch(request).then((answer) => {
    if (answer.ok) cache.put(request, answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  fresh.catch(() => {});
  return kept;
}

async function fromNetwork(request, url) {
  try {
    const answer = await fetch(request);
    if (answer.ok && isMine(url)) (await caches.open(MINE)).put(request.url, answer.clone());
    return answer;
  } catch {
    const kept = isMine(url) && await (await caches.open(MINE)).match(request.url);
    return kept || (await caches.match(OFFLINE)) || Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  /* Signing out leaves nothing of the reader's on this device. */
  if (request.method === "POST" && url.pathname.startsWith("/accounts/logout")) event.waitUntil(caches.delete(MINE));
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fromCache(request));
  else if (request.mode === "navigate") event.respondWith(fromNetwork(request, url));
});
