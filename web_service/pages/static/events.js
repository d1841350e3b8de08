// What the service tells of silver's commits: one stream for all tabs of a browser, kept by a shared worker.
// Where there are no shared workers, a tab has a stream of its own.
const { events, worker } = document.body.dataset;
const handlers = new Set();

// Calls `handler({type, data})` at each event: "change", "beat", or "lost" while the service is away.
export function follow(handler) {
  handlers.add(handler);
  if (handlers.size === 1) connect();
}

function hand(event) {
  for (const each of handlers) each(event);
}

function connect() {
  const address = new URL(events, location.href).href;
  let say;
  if (typeof SharedWorker === "undefined") {
    let source = null;
    say = (isSeen) => {
      if (isSeen === (source !== null)) return;
      source?.close();
      source = isSeen ? new EventSource(address) : null;
      if (source === null) return;
      for (const type of ["change", "beat"]) {
        source.addEventListener(type, (event) => hand({ type, data: JSON.parse(event.data) }));
      }
      source.addEventListener("error", () => hand({ type: "lost" }));
    };
  } else {
    const shared = new SharedWorker(worker, "sentistream-events");
    shared.port.onmessage = (message) => hand(message.data);
    say = (isSeen) => shared.port.postMessage({ isSeen, address });
  }
  // A tab that nobody sees is told nothing, and catches up when it is seen.
  const tell = () => say(document.visibilityState === "visible");
  document.addEventListener("visibilitychange", tell);
  addEventListener("pageshow", tell);
  addEventListener("pagehide", () => say(false));
  tell();
}
