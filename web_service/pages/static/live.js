// The Live page: begins with the whole state, and goes on by the feed's changes; what it missed it asks for.
import { follow } from "./events.js";
import { clock, element, iso, number, seconds, share } from "./figures.js";

const byId = (id) => document.getElementById(id);
const chart = byId("shares"), list = byId("newest"), pause = byId("pause"), held = byId("held");
const NAMES = ["negative", "neutral", "positive"];
const AGAIN_MS = 1000;
const PAUSE = 30;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
let state = null;
let steps = new Map();
let isAsking = false;
let askedAt = -Infinity;
let plot = null;
let isStopped = false;
let isRead = false;
let waiting = [];

ask();
follow(({ type, data }) => {
  if (type === "lost") return;
  if (state === null || data.run !== state.run) return ask();
  if (type === "beat") {
    explain(data.why);
    if (data.number !== state.number) ask();
  } else if (data.after === null) {
    begin(data);
  } else if (data.after === state.number) {
    state = { ...data };
    take(data);
    paint(data.tweets);
  } else if (data.number > state.number) {
    ask();
  }
});

// The whole state: at the start, and after anything was missed.
async function ask() {
  if (isAsking || performance.now() - askedAt < AGAIN_MS) return;
  isAsking = true;
  askedAt = performance.now();
  try {
    const answer = await fetch(chart.dataset.state);
    if (answer.ok) begin(await answer.json());
  } catch {
    // The dot says that the service is away; the next event asks again.
  } finally {
    isAsking = false;
  }
}

function begin(data) {
  state = data;
  steps = new Map();
  take(data);
  waiting = [];
  list.replaceChildren(...data.tweets.map(tweet));
  paint([]);
}

function take(data) {
  for (const [start, ...counts] of data.steps) steps.set(start, counts);
  for (const start of steps.keys()) if (start < data.first) steps.delete(start);
}

function paint(newTweets) {
  explain(state.why);
  figures();
  draw();
  marks();
  if (byId("minutes").closest("details").open) minutes();
  waiting = [...newTweets, ...waiting].slice(0, 12);
  if (!isStopped && !isRead) show();
  held.textContent = isStopped || isRead ? "paused" : "";
  byId("no-tweets").hidden = list.childElementCount > 0;
}

function explain(why) {
  const note = byId("why");
  note.hidden = !why;
  if (note.textContent !== (why ?? "")) note.textContent = why ?? "";
}

function put(id, text) {
  const at = byId(id);
  if (at.textContent !== text) at.textContent = text;
}

function figures() {
  const all = state.totals.reduce((sum, each) => sum + each, 0);
  put("rate", all ? number(state.rate, state.rate >= 10 ? 0 : 1) : "–");
  NAMES.forEach((name, at) => put(name, share(state.totals[at], all)));
  put("latency", state.latency ? state.latency.map(seconds).join(" · ") : "–");
  put("tweets", number(all));
  put("snapshot", state.versions.map(([name, version]) => `${name} ${number(version)}`).join(" · "));
  const change = byId("change");
  if (state.change === null) {
    change.textContent = "–";
    return;
  }
  const [points, half] = state.change.map((each) => each * 100);
  const sign = points > 0 ? "▲" : points < 0 ? "▼" : "";
  put("change", `${sign} ${Math.abs(points).toFixed(1)} ± ${half.toFixed(1)} points`.trim());
  change.classList.toggle("within", Math.abs(points) <= half);
  change.title = Math.abs(points) <= half ? "Within its 95 % interval: it may be chance" : "Beyond its 95 % interval";
}

function columns() {
  const starts = [];
  for (let start = state.first; start < state.end; start += state.step) starts.push(start);
  const shares = NAMES.map((_, at) => starts.map((start) => {
    const counts = steps.get(start);
    const all = counts ? counts[0] + counts[1] + counts[2] : 0;
    return all ? (100 * counts[at]) / all : null;
  }));
  return [starts, ...shares];
}

function draw() {
  if (steps.size === 0) return;
  if (plot === null) plot = made();
  if (plot.select.width === 0) plot.setData(columns());
}

function made() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => () => style.getPropertyValue(`--${name}`).trim();
  const percent = (_, value) => (value == null ? "–" : `${value.toFixed(1)} %`);
  const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") } };
  const dashes = [[], [2, 3], [8, 4]];
  return new window.uPlot({
    width: chart.clientWidth,
    height: 300,
    tzDate: (at) => window.uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    cursor: { drag: { x: Boolean(chart.dataset.explore), y: false, setScale: false } },
    scales: { y: { range: [0, 100] } },
    axes: [{ ...axis, values: (_, ticks) => ticks.map((at) => clock(at).slice(0, 5)) }, { ...axis, size: 62, values: (_, ticks) => ticks.map((at) => `${at} %`) }],
    series: [
      { label: "UTC", value: (_, at) => (at == null ? "–" : clock(at)) },
      ...NAMES.map((name, at) => ({
        label: name, stroke: colour(name), width: 2, dash: dashes[at], value: percent, points: { show: false }, gaps: pauses,
      })),
    ],
    hooks: { drawAxes: [rules], setSelect: [explore] },
  }, columns(), chart);
}

// A line goes on over steps without tweets, unless nothing came for long.
function pauses(drawn, _series, _first, _last, gaps) {
  const at = (x) => drawn.posToVal(x, "x", true);
  return gaps.filter(([from, to]) => at(to) - at(from) > PAUSE);
}

// A thin rule where another version began to score.
function rules(drawn) {
  const { ctx, bbox } = drawn;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  ctx.lineWidth = devicePixelRatio;
  ctx.textAlign = "left";
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  for (const [at, , version] of state.switches.slice(1)) {
    const x = Math.round(drawn.valToPos(at, "x", true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(`v${version}`, x + 4 * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
  }
  ctx.restore();
}

function explore(drawn) {
  const { left, width } = drawn.select;
  if (width < 4 || !chart.dataset.explore) return;
  const [from, to] = [left, left + width].map((x) => iso(drawn.posToVal(x, "x")));
  location.assign(`${chart.dataset.explore}?${new URLSearchParams({ from, to })}`);
}

// The chart as it stands, on the page's own paper.
function picture() {
  const drawn = plot.ctx.canvas;
  const copy = element("canvas", { width: drawn.width, height: drawn.height });
  const pen = copy.getContext("2d");
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(drawn, 0, 0);
  copy.toBlob((content) => {
    const address = URL.createObjectURL(content);
    element("a", { href: address, download: `shares-silver-${state.versions[0][1]}.png` }).click();
    URL.revokeObjectURL(address);
  });
}

function marks() {
  const words = state.switches.map(([at, name, version]) => [`${clock(at)} UTC: `, name, ` v${version}`]);
  const target = byId("marks");
  if (target.dataset.words === JSON.stringify(words)) return;
  target.dataset.words = JSON.stringify(words);
  target.replaceChildren(...words.map(([before, name, after]) => element("li", {}, before, element("bdi", {}, name), after)));
}

function minutes() {
  const sums = new Map();
  for (const [start, counts] of steps) {
    const minute = Math.floor(start / 60) * 60;
    sums.set(minute, counts.map((count, at) => count + (sums.get(minute)?.[at] ?? 0)));
  }
  const rows = [...sums].filter(([, counts]) => counts.some(Boolean)).sort(([a], [b]) => b - a).slice(0, 15);
  byId("minutes").replaceChildren(...rows.map(([minute, counts]) => {
    const all = counts.reduce((sum, each) => sum + each, 0);
    const cells = [number(all), ...counts.map((count) => share(count, all))];
    return element("tr", {}, element("th", { scope: "row" }, clock(minute)), ...cells.map((text) => element("td", { class: "number" }, text)));
  }));
}

function tweet({ text, sentiment, p_positive, lang, at }) {
  const about = element("div", { class: "about" },
    element("span", { class: `sentiment ${sentiment}` }, sentiment),
    element("span", {}, `P(positive) ${p_positive.toFixed(2)}`),
    element("span", {}, element("bdi", {}, lang)),
    element("span", {}, clock(at)));
  return element("li", isCalm.matches ? {} : { class: "new" }, element("bdi", { dir: "auto", class: "foreign" }, text), about);
}

function show() {
  if (waiting.length === 0) return;
  list.prepend(...waiting.map(tweet));
  while (list.childElementCount > 12) list.lastElementChild.remove();
  waiting = [];
}

// Whoever reads them holds them: with the pointer, the focus, or the button.
byId("picture").hidden = false;
byId("picture").addEventListener("click", () => plot && picture());
pause.hidden = false;
pause.addEventListener("click", () => {
  isStopped = !isStopped;
  pause.setAttribute("aria-pressed", String(isStopped));
  pause.textContent = isStopped ? "Go on" : "Pause";
  if (!isStopped) show();
});
for (const [begins, ends] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
  list.addEventListener(begins, () => { isRead = true; });
  list.addEventListener(ends, () => { isRead = false; });
}
byId("minutes").closest("details").addEventListener("toggle", () => state && minutes());
new ResizeObserver(() => plot?.setSize({ width: chart.clientWidth, height: 300 })).observe(chart);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot?.redraw());
