// Explore: parts that have to be read from silver come one after the other; what nobody waits for is given up, here and by the service.
const leaving = new AbortController();
addEventListener("pagehide", () => leaving.abort());

await part(document.getElementById("tweets"));
const exact = document.getElementById("exact");
if (exact) await answers(exact);
await part(document.getElementById("words"));

async function part(place) {
  const { html, why } = await fetched(place.dataset.part);
  if (html) place.replaceChildren(...parsed(html));
  else place.append(sentence(why));
}

async function answers(link) {
  const asked = link.textContent;
  link.textContent = "All tweets of the range are being read …";
  const { html, why } = await fetched(link.dataset.part);
  if (html) {
    document.getElementById("answers").replaceChildren(...parsed(html));
  } else {
    link.textContent = asked;
    link.after(sentence(why));
  }
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html").body.childNodes;
}

function sentence(why) {
  const made = document.createElement("p");
  made.className = "error";
  made.textContent = why;
  return made;
}

// The service's own page, in which foreign text is escaped; where it refuses, it says why.
async function fetched(address) {
  try {
    const answer = await fetch(address, { signal: leaving.signal, headers: { Accept: "application/json" } });
    return answer.ok ? { html: await answer.text() } : { why: (await answer.json()).detail };
  } catch {
    return { why: "The web service did not answer: load the page again." };
  }
}
