// One EventSource for all tabs: a browser allows six connections a host by HTTP/1.1, and a stream takes one for good.
const seen = new Set();
const AGAIN_MS = 2000;
let source = null;

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data: { isSeen, address } }) => {
    if (isSeen) seen.add(port);
    else seen.delete(port);
    if (seen.size === 0) close();
    else if (source === null) open(address);
  };
};

function open(address) {
  source = new EventSource(address);
  for (const type of ["change", "beat"]) {
    source.addEventListener(type, (event) => tell({ type, data: JSON.parse(event.data) }));
  }
  source.addEventListener("error", () => {
    tell({ type: "lost" });
    // A refusal ends it for good; whoever is refused asks again.
    if (source?.readyState === EventSource.CLOSED) {
      close();
      setTimeout(() => source === null && seen.size > 0 && open(address), AGAIN_MS);
    }
  });
}

function close() {
  source?.close();
  source = null;
}

function tell(message) {
  for (const port of seen) port.postMessage(message);
}
