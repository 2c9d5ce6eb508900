// What a page gains with script: a counter, local times, one click one message. Everything works without.
"use strict";

const charactersOf = (text) => Array.from(text).length;

function followMessage(textarea) {
  const counter = document.querySelector(`[data-count-of="${textarea.id}"]`);
  const show = () => {
    const used = charactersOf(textarea.value);
    // How many there is room for depends on what carries them: the server says it with each preview.
    const room = Number(document.getElementById("on-phone").dataset.room);
    const over = used - room;
    counter.textContent = over > 0 ? `${used} / ${room} · ${over} ${counter.dataset.tooMany}` : `${used} / ${room}`;
    counter.classList.toggle("count-over", over > 0);
    // Spoken only while it matters: a count after every key would drown the typing.
    counter.setAttribute("aria-live", over > 0 ? "polite" : "off");
  };
  textarea.addEventListener("input", show);
  document.addEventListener("htmx:afterSettle", show);
  show();
}

// The language of the page, as it is spoken where the reader is; the clock as the reader is used to it.
const spoken = document.documentElement.lang;
const language = navigator.languages.find((each) => each.split("-")[0] === spoken.split("-")[0]) ?? spoken;
const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions();

function showLocalTime(time) {
  const at = new Date(time.dateTime);
  const isToday = at.toDateString() === new Date().toDateString();
  const form = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  time.textContent = new Intl.DateTimeFormat(language, { ...form, hourCycle }).format(at);
  time.title = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", hourCycle }).format(at);
  time.removeAttribute("data-local");
}

function showLocalTimes(part) {
  part.querySelectorAll("time[data-local]").forEach(showLocalTime);
}

function sendOnce(form) {
  const button = form.querySelector("button:not([type])");
  const words = button.textContent;
  form.addEventListener("submit", (event) => {
    if (button.disabled) event.preventDefault();
    button.disabled = true;
    if ((event.submitter ?? button) === button) button.textContent = form.dataset.waiting;
  });
  // The page comes back as it was left when somebody goes back to it.
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    button.textContent = words;
  });
}

function offerCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.done;
  });
}

function markNumber(region) {
  const input = document.getElementById("id_phone_number");
  const isBad = region.querySelector('[data-verdict="bad"]') !== null;
  input.setAttribute("aria-invalid", String(isBad));
}

showLocalTimes(document);
document.querySelectorAll("textarea[data-counted]").forEach(followMessage);
document.querySelectorAll("form[data-once]").forEach(sendOnce);
document.querySelectorAll("[data-copy]").forEach(offerCopy);
document.addEventListener("htmx:load", (event) => showLocalTimes(event.target.parentElement ?? event.target));
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "verdict") markNumber(event.target);
});

// What is looked at by nobody asks for nothing.
document.addEventListener("htmx:beforeRequest", (event) => {
  const isTimed = event.detail.elt.getAttribute("hx-trigger")?.startsWith("every");
  if (isTimed && document.hidden) event.preventDefault();
});

// The list asks for all its rows at once: soon while something happens, ever more seldom while nothing does.
const watching = { first: 4_000, longest: 60_000, pause: 4_000, timer: 0 };

function lookLater() {
  clearTimeout(watching.timer);
  if (document.querySelector("[data-watch]")) watching.timer = setTimeout(look, watching.pause);
}

function look() {
  const watch = document.querySelector("[data-watch]");
  if (watch && !document.hidden) htmx.trigger(watch, "look");
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.elt.matches("[data-watch]")) return;
  const hasChanged = event.detail.xhr.status === 200;
  watching.pause = hasChanged ? watching.first : Math.min(watching.pause * 1.5, watching.longest);
  lookLater();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return clearTimeout(watching.timer);
  watching.pause = watching.first;
  look();
});
lookLater();
