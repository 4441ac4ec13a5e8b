// The live page: search as one types, the stream, pause, and the place where one was. The rows are in rows.js.

import { parsed, Rows } from "./rows.js";
import { zone } from "./times.js";

const MOST = 500; // rows on the page
const RETRY = { first: 1000, longest: 30000 }; // ms until a stream that the browser gave up is opened again
const TYPING = 250; // ms without a key after which what was typed is searched for
const A_TIME = /\d:\d/; // among the words: it is found as it is shown, in the viewer's zone
const PLACE = "live place"; // where one was, in this tab's memory

const byId = id => document.getElementById(id);
const form = byId("filters");
const list = byId("list");
const pauseButton = byId("pause");
const news = byId("news");
const rows = new Rows(byId("requests"), MOST);
const isLive = "live" in list.dataset;

let stream = null;
let first = true; // no message of this stream has come yet
let retry = RETRY.first;
let timer = 0;
let typing = 0;
let paused = false;
let missed = 0;
let gap = false; // some that are newer than the shown ones are not at hand
let asking = null; // what ends the question for a page that is under way
const waiting = new Map(); // new rows that are not shown yet, by key

function connection(state, words) {
  const element = byId("connection");
  if (element.dataset.state === state && element.textContent === words) return;
  element.hidden = false;
  element.dataset.state = state;
  element.textContent = words;
}

function tell() {
  byId("missed").hidden = missed === 0;
  byId("missed").textContent = missed ? `${missed.toLocaleString("en")} more came faster than this page takes` : "";
  byId("empty").hidden = rows.size > 0;
  byId("table").hidden = rows.size === 0;
  news.hidden = waiting.size === 0;
  news.textContent = `${waiting.size.toLocaleString("en")}${gap ? " and more" : ""} new`;
}

// Whoever reads further down, or goes through the rows by keyboard, is not moved.
const isReading = () => paused || list.getBoundingClientRect().top < 0 || byId("requests").contains(document.activeElement);

function showNew() {
  if (gap) return void show(location.search);
  if (rows.add([...waiting.values()])) linkOlder();
  waiting.clear();
  tell();
}

function linkOlder() {
  const query = new URLSearchParams(location.search);
  query.set("before", rows.last.dataset.place);
  byId("older").href = `/?${query}`;
  byId("older").hidden = false;
}

function receive(message) {
  const { rows: html, missed: more } = JSON.parse(message.data);
  const told = parsed(html);
  missed += more;
  gap ||= (more > 0 && isReading()) || (first && rows.size > 0 && !told.some(row => rows.has(row)));
  first = false;
  for (const row of told) {
    if (rows.has(row)) rows.redraw(row);
    else waiting.set(row.dataset.key, row);
  }
  while (waiting.size > MOST) {
    waiting.delete(waiting.keys().next().value);
    gap = true;
  }
  if (isReading()) tell();
  else if (waiting.size) showNew();
}

function count(counts) {
  for (const [name, number] of Object.entries(counts)) {
    for (const element of document.querySelectorAll(`[data-count="${name || "all"}"]`)) element.textContent = number;
  }
}

function open() {
  clearTimeout(timer);
  stream?.close();
  first = true;
  connection("connecting", "connecting");
  stream = new EventSource(`/live/stream${location.search}`);
  stream.addEventListener("open", () => {
    retry = RETRY.first;
    first = true;
    connection("live", "live");
  });
  stream.addEventListener("requests", receive);
  stream.addEventListener("counts", message => {
    const { views, ...others } = JSON.parse(message.data);
    count({ ...views, ...others });
  });
  stream.addEventListener("refused", message => count({ refused: message.data }));
  stream.addEventListener("error", lost);
}

// The browser itself comes back after a cut line, and gives up after an answer that is no stream.
function lost() {
  connection("lost", "connection lost, trying again");
  if (stream.readyState !== EventSource.CLOSED) return;
  timer = setTimeout(open, retry);
  retry = Math.min(retry * 2, RETRY.longest);
}

async function fetched(search) {
  asking?.abort();
  asking = new AbortController();
  const answer = await fetch(`/${search}`, { signal: asking.signal });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Shows the page of this address in the place of what is shown.
async function show(search) {
  const page = await fetched(search).catch(() => null);
  const found = page?.getElementById("requests");
  if (!found) return;
  history.replaceState(null, "", `/${search}`);
  count(Object.fromEntries([...page.querySelectorAll("[data-count]")].map(each => [each.dataset.count, each.textContent])));
  byId("requests").replaceChildren(...found.children);
  for (const id of ["views", "older", "empty", "clear"]) byId(id).replaceWith(page.getElementById(id));
  rows.adopt();
  waiting.clear();
  missed = 0;
  gap = false;
  tell();
  if (isLive) open();
}

// Enter in a field is both a change and a submit; the second finds nothing to do.
function search() {
  clearTimeout(typing);
  const fields = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  if (A_TIME.test(new FormData(form).get("q"))) fields.push(["offset", -new Date().getTimezoneOffset()]);
  const text = new URLSearchParams(fields).toString();
  const asked = text && `?${text}`;
  if (!isLive) location.assign(`/${asked}`);
  else if (asked !== location.search) show(asked);
}

// The row at the top of the window, so that Back finds it there again however many have come since.
function keepPlace() {
  const row = [...byId("requests").rows].find(each => each.getBoundingClientRect().bottom > 0);
  const top = list.getBoundingClientRect().top;
  const place = { search: location.search, y: scrollY, key: top < 0 ? row?.dataset.key : "", offset: row?.getBoundingClientRect().top };
  sessionStorage.setItem(PLACE, JSON.stringify(place));
}

// Rows of older pages are fetched until the row is there, with enough below it to scroll to where it was.
async function findPlace() {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");
  if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward" || kept.search !== location.search) return;
  const target = () => {
    const row = kept.key && byId("requests").querySelector(`[data-key="${CSS.escape(kept.key)}"]`);
    return row ? scrollY + row.getBoundingClientRect().top - kept.offset : kept.key ? Infinity : kept.y;
  };
  while (target() > document.documentElement.scrollHeight - innerHeight && rows.size < MOST && !byId("older").hidden) {
    const page = await fetched(new URL(byId("older").href).search).catch(() => null);
    if (!page) break;
    rows.append([...page.getElementById("requests").rows]);
    byId("older").replaceWith(page.getElementById("older"));
  }
  scrollTo(0, Number.isFinite(target()) ? target() : kept.y);
}

form.addEventListener("submit", event => {
  event.preventDefault();
  search();
});
form.addEventListener("change", search);
form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, TYPING);
});
pauseButton.addEventListener("click", () => {
  paused = !paused;
  pauseButton.classList.toggle("button-on", paused);
  pauseButton.textContent = paused ? "Resume" : "Pause";
  if (!isReading()) showNew();
});
news.addEventListener("click", () => {
  scrollTo(0, 0);
  showNew();
});
addEventListener("scroll", () => { if (waiting.size && !isReading()) showNew(); }, { passive: true });
addEventListener("pagehide", () => {
  keepPlace();
  stream?.close();
});
addEventListener("pageshow", event => { if (event.persisted && isLive) open(); });

history.scrollRestoration = "manual";
byId("zone").textContent = zone;
if (isLive) {
  pauseButton.hidden = false;
  open();
}
await findPlace();
