"use strict";
// The list of findings and open points: filters, search, and rows that are shown as the reader scrolls to them.
const report = JSON.parse(document.getElementById("data").textContent);
const GROUP = 0, GUIDELINES = 1, SEVERITY = 2, GEOMETRY = 3, HTML = 4;
const CHUNK = 150;

const list = document.getElementById("list");
const filters = document.getElementById("filters");
const field = (name) => document.getElementById("by-" + name);
const say = (name, values = {}) => report.words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const listeners = []; // what else is to follow the filters: the map
let matching = []; // numbers of the rows that the filters let through
let rendered = 0; // how many of these are in the page
let picked = null; // rows picked on the map, or null
let following = 0;
let bodies = { group: -1, body: null };

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };
const plain = (html) => html.replace(/<[^>]*>/g, " ").replace(/&(amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity]).toLowerCase();
let texts = null; // of each row, made when they are first searched
function text(number) {
  if (texts === null) {
    const heads = report.groups.map((group) => plain(group[1]));
    texts = report.rows.map((row) => plain(row[HTML]) + " " + heads[row[GROUP]]);
  }
  return texts[number];
}

function wanted() {
  return { outcome: field("outcome").value, guideline: field("guideline").value, severity: field("severity").value,
    words: field("text").value.trim().toLowerCase().split(/\s+/).filter(Boolean) };
}

function filter() {
  const want = wanted();
  const guideline = report.guidelines.indexOf(want.guideline);
  matching = [];
  report.rows.forEach((row, number) => {
    if (want.outcome && report.groups[row[GROUP]][0] !== want.outcome) return;
    if (guideline >= 0 && !row[GUIDELINES].includes(guideline)) return;
    if (want.severity && row[SEVERITY] !== want.severity) return;
    if (picked !== null && !picked.has(number)) return;
    if (!want.words.every((word) => text(number).includes(word))) return;
    matching.push(number);
  });
  show();
  for (const row of document.querySelectorAll("table.all tbody tr")) {
    row.hidden = Boolean((want.outcome && row.dataset.outcome !== want.outcome) || (want.guideline && row.dataset.guideline !== want.guideline)
      || !want.words.every((word) => row.textContent.toLowerCase().includes(word)));
  }
  for (const button of document.querySelectorAll("[aria-pressed]")) {
    const is = button.dataset.outcome === want.outcome && (button.dataset.guideline || "") === want.guideline;
    button.setAttribute("aria-pressed", String(is && Boolean(want.outcome || want.guideline)));
  }
  document.getElementById("shown").textContent =
    say("shown", { n: matching.length, all: report.rows.length }) + (picked === null ? "" : " · " + say("picked"));
  clearTimeout(following);
  following = setTimeout(() => listeners.forEach((listener) => listener(matching))); // the list first, which people look at
}

function show() {
  list.replaceChildren();
  rendered = 0;
  bodies = { group: -1, body: null };
  if (matching.length) more(CHUNK);
  else list.append(Object.assign(document.createElement("p"), { className: "empty", textContent: say("nothing") }));
}

function more(count) {
  const until = Math.min(matching.length, rendered + count);
  while (rendered < until) {
    const group = report.rows[matching[rendered]][GROUP];
    if (group !== bodies.group) {
      list.insertAdjacentHTML("beforeend", report.groups[group][1]);
      bodies = { group, body: list.lastElementChild.querySelector("tbody") };
    }
    const rows = [];
    const first = rendered;
    while (rendered < until && report.rows[matching[rendered]][GROUP] === group) rows.push(report.rows[matching[rendered++]][HTML]);
    const before = bodies.body.childElementCount;
    bodies.body.insertAdjacentHTML("beforeend", rows.join(""));
    rows.forEach((_, i) => { bodies.body.children[before + i].dataset.row = matching[first + i]; });
  }
  if (rendered < matching.length) list.append(sentinel);
  else sentinel.remove();
}

function pick(rows) {
  filters.reset();
  picked = new Set(rows);
  filter();
  document.getElementById("h-matters").scrollIntoView();
  const first = list.querySelector("tbody tr");
  if (first) { first.tabIndex = -1; first.focus({ preventScroll: true }); }
}

const sentinel = document.createElement("div");
new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more(CHUNK); }, { rootMargin: "1500px" }).observe(sentinel);

let waiting = 0;
filters.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 60); });
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => { picked = null; setTimeout(filter); });

const rules = document.querySelector("#rules details");
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[aria-pressed]");
  if (!button) return;
  const off = button.getAttribute("aria-pressed") === "true";
  picked = null;
  field("outcome").value = off ? "" : button.dataset.outcome;
  field("guideline").value = off ? "" : button.dataset.guideline || "";
  filter();
  if (off) return;
  const listed = matching.length > 0;
  if (!listed) rules.open = true;
  document.getElementById(listed ? "matters" : "rules").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});

// On paper stands everything, whatever was filtered on the screen.
let closed = [];
addEventListener("beforeprint", () => {
  matching = report.rows.map((_, number) => number);
  show();
  more(matching.length);
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((details) => { details.open = true; });
  document.querySelectorAll("table.all tr[hidden]").forEach((row) => { row.hidden = false; });
});
addEventListener("afterprint", () => {
  closed.forEach((details) => { details.open = false; });
  filter();
});

if (report.rows.length) {
  filters.hidden = false;
  filter();
}
