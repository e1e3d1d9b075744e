/* The component asks its host to sign somebody in; how that happens is the host's own business. */
document.addEventListener("red-flower-sign-in", () => {
  document.querySelector("form[action='/sign-in'] button")?.click();
});
