/* What script adds to pages that already work without it. No inline handlers: everything listens from the document. */
"use strict";

const root = document.documentElement;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/* Theme: follows the system until the reader chooses; kept in a cookie so that the server draws it at once. */
const THEMES = ["", "light", "dark"];
function switchTheme() {
  const next = THEMES[(THEMES.indexOf(root.dataset.theme || "") + 1) % THEMES.length];
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  document.cookie = `rf_theme=${next};path=/;max-age=${next ? 31536000 : 0};samesite=lax`;
}

async function copyText(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.querySelector("span") || button;
  const before = label.textContent;
  label.textContent = button.dataset.done || before;
  setTimeout(() => { label.textContent = before; }, 1800);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-theme-switch],[data-copy],[data-reload],[data-back],[data-share]");
  if (!target) return;
  if ("themeSwitch" in target.dataset) switchTheme();
  else if ("copy" in target.dataset) copyText(target);
  else if ("reload" in target.dataset) location.reload();
  else if ("back" in target.dataset) history.back();
  else if (navigator.share) navigator.share({ title: document.title, url: target.dataset.share || location.href }).catch(() => {});
});

/* Amount chips write themselves into the field; typing lets go of the chip. */
document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-amount]");
  if (!box) return;
  const own = box.querySelector("input[type=text]");
  if (event.target.type === "radio") own.value = event.target.value;
  else box.querySelectorAll("input[type=radio]").forEach((chip) => { chip.checked = chip.value === own.value; });
});

/* Numbers that changed in a live part roll to their new value. */
const shown = new Map();
const plain = new Intl.NumberFormat(root.lang);
function write(element, value) {
  element.textContent = element.dataset.rollUnit === "fen"
    ? "¥" + new Intl.NumberFormat(root.lang, { minimumFractionDigits: value % 100 ? 2 : 0 }).format(value / 100)
    : plain.format(value);
}
function roll(element) {
  const to = Number(element.dataset.roll);
  const from = shown.get(element.id);
  shown.set(element.id, to);
  if (from === undefined || from === to || still.matches || document.hidden) return;
  const written = element.innerHTML;
  const start = performance.now();
  requestAnimationFrame(function frame(now) {
    const part = Math.min((now - start) / 550, 1);
    if (part === 1) { element.innerHTML = written; return; }
    write(element, Math.round(from + (to - from) * (1 - (1 - part) ** 3)));
    requestAnimationFrame(frame);
  });
}
function settle(part) {
  part.querySelectorAll("[data-roll][id]").forEach(roll);
  part.querySelector("[data-focus]")?.focus();
}
settle(document);
document.addEventListener("htmx:afterSettle", (event) => settle(event.target));

/* A page nobody looks at asks for nothing, and the part the reader's focus is in stays still. */
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (part.classList.contains("live") && (document.hidden || part.contains(document.activeElement))) event.preventDefault();
});

/* A petal falls into place again when asked: <svg class="flower" data-bloom> on a click, or after a swap. */
document.addEventListener("click", (event) => {
  const petal = event.target.closest("[data-bloom]")?.querySelector(".flower__petal:last-of-type");
  if (!petal) return;
  petal.classList.remove("is-falling");
  requestAnimationFrame(() => requestAnimationFrame(() => petal.classList.add("is-falling")));
});

/* On a narrow screen a console's navigation is a strip: where the reader is comes into view. */
document.querySelector(".console__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

/* The offline page lists the reader's own pages that this device still keeps (static/shared/js/sw.js). */
async function listKept(box) {
  const kept = await (await caches.open("rf-mine-1")).matchAll();
  const links = await Promise.all(kept.map(async (page) => {
    const link = document.createElement("a");
    link.href = page.url;
    link.className = "btn btn--secondary btn--block";
    link.textContent = new DOMParser().parseFromString(await page.text(), "text/html").title.split(" · ")[0];
    return link;
  }));
  box.append(...links);
  box.hidden = links.length === 0;
}
const offline = document.querySelector("[data-offline-gifts]");
if (offline && "caches" in window) {
  listKept(offline);
  addEventListener("online", () => location.reload());
}

if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
