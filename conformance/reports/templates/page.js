"use strict";

const form = document.querySelector(".filters");
const search = document.getElementById("search");
const level = document.getElementById("level");
const operation = document.getElementById("operation");
const count = document.getElementById("count");
const unfold = document.getElementById("unfold");
const nothing = document.getElementById("nothing");
const announcement = document.getElementById("said");
const sections = [...document.querySelectorAll(".operation")];
const rows = [...document.querySelectorAll(".row")].map((element) => ({
  element,
  details: element.querySelector("details"),
  ...element.dataset,
  text: element.textContent.toLowerCase().replace(/\s+/g, " "),
}));
const cards = [...document.querySelectorAll("[data-card]")];
const shelves = [...document.querySelectorAll(".cards")];

function chosenOutcomes() {
  return new Set([...form.querySelectorAll("[name=outcome]:checked")].map((box) => box.value));
}

function filter() {
  // Words in quotes must follow each other.
  const found = search.value.toLowerCase().match(/"[^"]+"|\S+/g) ?? [];
  const words = found.map((word) => word.replace(/^"(.+)"$/, "$1"));
  const outcomes = chosenOutcomes();
  let visible = 0;
  for (const row of rows) {
    const fits =
      (!outcomes.size || outcomes.has(row.outcome)) &&
      (!level.value || row.level === level.value) &&
      (!operation.value || row.operation === operation.value) &&
      words.every((word) => row.text.includes(word));
    row.element.hidden = !fits;
    visible += fits;
  }
  const shown = new Set(visibleRows().map((row) => row.element.id));
  for (const card of cards) card.hidden = !shown.has(card.dataset.card);
  for (const shelf of shelves) shelf.hidden = !shelf.querySelector("[data-card]:not([hidden])");
  for (const section of sections) {
    section.hidden = !section.querySelector(".row:not([hidden])");
  }
  nothing.hidden = visible > 0;
  count.textContent = `${visible} of ${rows.length} requirements`;
  nameUnfold();
}

function visibleRows() {
  return rows.filter((row) => !row.element.hidden);
}

function nameUnfold() {
  const open = visibleRows();
  unfold.textContent = open.length && open.every((row) => row.details.open) ? "Close all" : "Open all";
}

function reset() {
  form.reset();
  changed();
}

// The filters are a part of the address, so that a link shows what its sender saw.
function changed() {
  filter();
  const words = new URLSearchParams();
  if (search.value) words.set("q", search.value);
  if (level.value) words.set("level", level.value);
  if (operation.value) words.set("operation", operation.value);
  for (const outcome of chosenOutcomes()) words.append("outcome", outcome);
  const query = words.size ? `?${words}` : location.pathname;
  try {
    history.replaceState(null, "", query + location.hash);
  } catch {
    // A page inside another one may not change its address.
  }
}

function readAddress() {
  const words = new URLSearchParams(location.search);
  search.value = words.get("q") ?? "";
  level.value = words.get("level") ?? "";
  operation.value = words.get("operation") ?? "";
  const outcomes = new Set(words.getAll("outcome"));
  for (const box of form.querySelectorAll("[name=outcome]")) box.checked = outcomes.has(box.value);
}

// From the focused requirement, or from the first one on the screen.
function step(by) {
  const open = visibleRows().map((row) => row.details.querySelector("summary"));
  if (!open.length) return;
  const row = document.activeElement?.closest(".row");
  let place = open.indexOf(row?.querySelector("summary"));
  if (place < 0) place = by > 0 ? -1 : open.length;
  const next = open[Math.min(Math.max(place + by, 0), open.length - 1)];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function openTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const row = rows.find((each) => each.element.id === id);
  if (!row) return;
  if (row.element.hidden) reset();
  row.details.open = true;
  row.element.scrollIntoView();
  row.details.querySelector("summary").focus({ preventScroll: true });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

// A page that is served over plain HTTP has no clipboard interface.
function copiedBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copy(button) {
  const label = button.firstChild;
  const done = await copied(button.closest(".command").querySelector("code").textContent);
  button.focus();
  label.textContent = done ? "Copied" : "Select the text and copy it";
  announcement.textContent = label.textContent;
  setTimeout(() => {
    label.textContent = "Copy";
    announcement.textContent = "";
  }, 2000);
}

form.hidden = false;
form.addEventListener("input", changed);
form.addEventListener("change", changed);
form.addEventListener("reset", () => setTimeout(changed));
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("again").addEventListener("click", () => {
  reset();
  search.focus();
});
unfold.addEventListener("click", () => {
  const opening = unfold.textContent === "Open all";
  for (const row of visibleRows()) row.details.open = opening;
  nameUnfold();
});
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
document.addEventListener("keydown", (event) => {
  const typing = document.activeElement.matches("select, textarea, input:not([type=checkbox])");
  const plain = !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "/" && plain) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "j" && plain) {
    step(1);
  } else if (event.key === "k" && plain) {
    step(-1);
  } else if (event.key === "Enter" && document.activeElement === search) {
    event.preventDefault();
    step(1);
  } else if (event.key === "Escape" && document.activeElement === search) {
    reset();
  }
});
window.addEventListener("hashchange", openTarget);

// A printed page cannot be opened: it shows every failure in full.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = visibleRows().filter((row) => /failed|warned/.test(row.outcome) && !row.details.open);
  for (const row of opened) row.details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const row of opened) row.details.open = false;
});

readAddress();
filter();
openTarget();
