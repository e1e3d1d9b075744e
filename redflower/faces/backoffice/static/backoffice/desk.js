/* The box in a table's head chooses every row below it. */
"use strict";

document.addEventListener("change", (event) => {
  const name = event.target.dataset.pickAll;
  if (!name) return;
  event.target.closest("table").querySelectorAll(`input[name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
});

/* On a phone the navigation is a strip: the page one is on comes into it. */
document.querySelector(".console__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
