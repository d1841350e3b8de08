// Explore: parts that have to be read from silver come one after the other; what nobody waits for is given up, here and by the service.
const leaving = new AbortController();
addEventListener("pagehide", () => leaving.abort());

await part(document.getElementById("tweets"));
const exact = document.getElementById("exact");
if (exact) await answers(exact);
await part(document.getElementById("words"));

async function part(place) {
  const html = await fetched(place.dataset.part);
  if (html !== null) place.innerHTML = html;
}

async function answers(link) {
  link.textContent = "All tweets of the range are being read …";
  const html = await fetched(link.dataset.part);
  if (html === null) link.textContent = "All tweets of the range were not read: ask again";
  else document.getElementById("answers").innerHTML = html;
}

// The service's own page, in which foreign text is escaped; scripts in it would not run either.
async function fetched(address) {
  try {
    const answer = await fetch(address, { signal: leaving.signal, headers: { Accept: "text/html" } });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}
