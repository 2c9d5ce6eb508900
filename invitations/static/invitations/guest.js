// Tells that somebody looks at the invitation: at the first sign of a person, or after three seconds in view.
// Without script, answering tells it. And one press is one answer.
"use strict";

const form = document.querySelector("form[data-opened]");
const SIGNS = ["pointerdown", "pointermove", "keydown", "scroll"];
const LOOKED_AT_MS = 3000;
let timer;
let isTold = false;
let isAnswered = false;

function tell() {
  if (isTold || document.visibilityState !== "visible" || document.prerendering) return;
  isTold = true;
  const said = new URLSearchParams(new FormData(form));
  said.set("answer", "opened");
  // Nobody waits for it, and nothing depends on it.
  fetch(location.href, { method: "POST", body: said, keepalive: true }).catch(() => {});
}

function watch() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") timer = setTimeout(tell, LOOKED_AT_MS);
}

SIGNS.forEach((sign) => addEventListener(sign, (event) => event.isTrusted && tell(), { passive: true, capture: true }));
document.addEventListener("visibilitychange", watch);
watch();

form.addEventListener("submit", (event) => {
  if (isAnswered) event.preventDefault();
  isAnswered = true;
});
window.addEventListener("pageshow", () => {
  isAnswered = false;
});
