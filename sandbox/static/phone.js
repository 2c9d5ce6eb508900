// Keeps the page true while it is open. Without this script the page works by being loaded again.
"use strict";

const POLL_MS = 1000;
const NEAR_END_PX = 80;

const main = document.querySelector("main");
const list = document.getElementById("thread");
const seen = {};

// Touches only the children that differ: focus, selection and what a screen reader has said stay as they are.
function put(id, html) {
  const element = document.getElementById(id);
  if (!element || seen[id] === html) return false;
  seen[id] = html;
  const template = document.createElement("template");
  template.innerHTML = html;
  const wanted = [...template.content.children];
  const present = [...element.children];
  present.slice(wanted.length).forEach((child) => child.remove());
  wanted.forEach((child, index) => {
    const old = present[index];
    if (!old) element.append(child);
    else if (old.outerHTML !== child.outerHTML) old.replaceWith(child);
  });
  return true;
}

function nearEnd() {
  return list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
}

function toEnd() {
  list.scrollTop = list.scrollHeight;
}

async function refresh() {
  const query = new URLSearchParams({ person: main.dataset.phone });
  const answer = await fetch("/_sandbox/phone?" + query, { cache: "no-store" });
  const parts = await answer.json();
  put("notices", parts.notices);
  put("people", parts.people);
  if (!list) {
    if (parts.phone) location.assign("/?" + new URLSearchParams({ person: parts.phone }));
    return;
  }
  const follow = nearEnd();
  if (put("thread", parts.thread) && follow) toEnd();
}

async function refreshSafely() {
  try {
    await refresh();
    document.body.classList.remove("offline");
  } catch {
    document.body.classList.add("offline");
  }
}

async function keepRefreshing() {
  if (!document.hidden) await refreshSafely();
  setTimeout(keepRefreshing, POLL_MS);
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const { from, text } = Object.fromEntries(new FormData(form));
  const answer = await fetch("/_sandbox/replies", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from, text }),
  });
  if (!answer.ok) return form.submit();
  form.reset();
  await refreshSafely();
  toEnd();
}

// A press on what stands under a message. The form alone would do it too, and load the page again.
async function press(event) {
  const form = event.target.closest("form.press");
  if (!form) return;
  event.preventDefault();
  const fields = new FormData(form, event.submitter);
  const answer = await fetch("/", { method: "POST", body: new URLSearchParams(fields) });
  if (answer.url.includes("problem=")) return location.assign(answer.url);
  form.closest("[popover]")?.hidePopover();
  await refreshSafely();
  toEnd();
}

if (list) {
  list.addEventListener("submit", press);
  toEnd();
  document.querySelectorAll(".reply form").forEach((form) => form.addEventListener("submit", send));
}
keepRefreshing();
