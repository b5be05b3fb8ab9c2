"use strict";
// Sorts the plans by a column, and shows only those that the filters let through; of a chosen guideline its column alone.
const table = document.getElementById("table");
const body = table.tBodies[0];
const rows = Array.from(body.rows); // in the order of the packages' names
const filters = document.getElementById("filters");
const state = document.getElementById("by-state");
const guideline = document.getElementById("by-guideline");
const text = document.getElementById("by-text");
const shown = document.getElementById("shown");

function needsNothing(row) { // a plan that was not finished has no cell for any guideline: what it needs is not known
  return Array.from(row.cells).some((cell) => cell.dataset.guideline === guideline.value && "quiet" in cell.dataset);
}

function showColumns() {
  for (const cell of table.querySelectorAll("[data-guideline]")) {
    cell.hidden = Boolean(guideline.value && cell.dataset.guideline !== guideline.value);
  }
  const heads = Array.from(table.tHead.rows[0].cells).filter((head) => !head.hidden);
  for (const why of table.querySelectorAll(".why")) why.colSpan = heads.length - why.cellIndex;
}

function filter() {
  const words = text.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  showColumns();
  for (const row of rows) {
    const said = row.textContent.toLowerCase();
    const isElsewhere = (state.value && row.dataset.state !== state.value) || needsNothing(row);
    row.hidden = Boolean(isElsewhere || !words.every((word) => said.includes(word)));
    count += row.hidden ? 0 : 1;
  }
  for (const tile of document.querySelectorAll("[data-state][aria-pressed]")) {
    tile.setAttribute("aria-pressed", String(tile.dataset.state === state.value));
  }
  shown.textContent = shown.dataset.words.replace("{n}", count).replace("{all}", rows.length);
}

function sort(head) {
  const column = head.cellIndex;
  const isNumber = head.querySelector("button").dataset.sort === "number";
  const before = head.getAttribute("aria-sort");
  const first = isNumber ? "descending" : "ascending"; // what is worst first
  const order = before === "none" ? first : before === "ascending" ? "descending" : "ascending";
  const value = (row) => { const cell = row.cells[column]; return cell === undefined ? undefined : cell.dataset.value; };
  const sign = order === "ascending" ? 1 : -1;
  const sorted = rows.slice().sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined); // what was not finished, last
    return sign * (isNumber ? Number(x) - Number(y) : x.localeCompare(y, document.documentElement.lang));
  });
  for (const other of head.parentNode.cells) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", order);
  body.append(...sorted);
}

for (const button of table.querySelectorAll("[data-sort]")) button.addEventListener("click", () => sort(button.parentNode));
for (const tile of document.querySelectorAll("[data-state][aria-pressed]")) {
  tile.addEventListener("click", () => { state.value = state.value === tile.dataset.state ? "" : tile.dataset.state; filter(); });
}
filters.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(filter));
filters.hidden = false;
filter();
