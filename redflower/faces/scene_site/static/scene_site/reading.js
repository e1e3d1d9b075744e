/* Counts the seconds an article has really been in view; the server checks them against the time that has passed. */
"use strict";
const article = document.querySelector("[data-reading]");
if (article) {
  const field = article.querySelector("[name=seconds]");
  let seconds = 0;
  setInterval(() => {
    if (document.hidden) return;
    seconds += 1;
    field.value = String(Math.max(seconds, 0));
  }, 1000);
  field.value = "0";
}
