/* Binds allauth's passkey ceremonies to the forms that name one in data-passkey: login, add or authenticate. */
"use strict";

/* A passkey belongs to a name: a site reached by its number has none. */
const usable = window.PublicKeyCredential && !/^[\d.]+$|:/.test(location.hostname);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const kind = form.dataset.passkey;
  const ids = { credential: `${kind}-credential`, data: "passkey-data", passwordless: `${kind}-passwordless` };
  ids[kind] = `${kind}-passkey`;
  if (!usable) {
    form.querySelectorAll("[data-passkey-missing]").forEach((note) => { note.hidden = false; });
    continue;
  }
  form.querySelectorAll("[data-passkey-ready]").forEach((part) => { part.hidden = false; });
  window.allauth.webauthn.forms[`${kind}Form`]({ ids });
}

/* The person closed the device's dialogue, or the key is not known there: say so, and leave the other way open. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("[data-passkey-failed]").forEach((note) => { note.hidden = false; });
});
