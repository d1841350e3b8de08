// Asks for the page again when silver has changed, and puts what is new of its regions in their places; what is open stays open.
import { follow } from "./events.js";

const EVERY_MS = 3000;
let askedAt = -Infinity;
let isAsking = false;

follow(({ type }) => {
  if (type !== "lost") refresh();
});

async function refresh() {
  if (isAsking || performance.now() - askedAt < EVERY_MS) return;
  isAsking = true;
  askedAt = performance.now();
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const region of document.querySelectorAll("[data-fresh]")) {
      const fresh = now.querySelector(`[data-fresh="${CSS.escape(region.dataset.fresh)}"]`);
      // Who reads a region with the keyboard keeps the place.
      if (fresh && !region.contains(document.activeElement)) region.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // The frame says that the service is away.
  } finally {
    isAsking = false;
  }
}
