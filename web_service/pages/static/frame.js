// Of every page: the dot that says how fresh silver is, and the keys.
import { follow } from "./events.js";
import { seconds } from "./figures.js";

const LATE = 5, STALE = 30;
const byId = (id) => document.getElementById(id);
const [dot, fresh, waiting] = ["dot", "fresh", "waiting"].map(byId);
let told = null;
let heardAt = performance.now();
let isLost = false;

follow(({ type, data }) => {
  isLost = type === "lost";
  if (isLost) return;
  heardAt = performance.now();
  told = data;
  show();
});
setInterval(show, 500);

function show() {
  const silent = (performance.now() - heardAt) / 1000;
  const age = told?.age_s == null ? null : told.age_s + silent;
  const isAway = isLost || silent > LATE;
  const oldest = isAway ? Math.max(silent, age ?? 0) : age;
  const state = oldest === null ? "unknown" : oldest > STALE ? "stale" : oldest > LATE ? "late" : "live";
  dot.dataset.state = state;
  if (age !== null) fresh.textContent = `${state} · as of ${seconds(age)} ago`;
  const why = isAway && silent > LATE
    ? "This page waits for the web service, which does not answer. It goes on by itself."
    : told?.why ?? (state === "late" || state === "stale"
      ? "This page waits for silver's next commit: no tweets come, or the stream processor does not run."
      : "");
  if (waiting.textContent !== why) waiting.textContent = why;
}

// Keys, unless switched off: who dictates would press them by speaking.
const useKeys = byId("use-keys"), list = byId("keys"), button = byId("show-keys");
const KEPT = "sentistream-keys";
let isGoing = false;
useKeys.checked = localStorage.getItem(KEPT) !== "off";
useKeys.addEventListener("change", () => localStorage.setItem(KEPT, useKeys.checked ? "on" : "off"));
button.hidden = false;
button.addEventListener("click", () => list.showModal());
document.addEventListener("keydown", (event) => {
  const at = event.target;
  if (!useKeys.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName)) return;
  const went = isGoing;
  isGoing = event.key === "g";
  if (went) {
    const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      isGoing = false;
      link.click();
    }
  } else if (event.key === "?") {
    list.showModal();
  } else if (event.key === "/") {
    const filter = document.querySelector("[data-filter]");
    if (filter) {
      event.preventDefault();
      filter.focus();
    }
  }
});
