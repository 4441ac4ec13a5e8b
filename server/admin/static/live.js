// The live page: the stream, the filters, pause. What it draws is in rows.js.

import { Rows } from "./rows.js";

const KEPT = 200; // rows on the page, and as many that wait while it is paused
const RETRY = { first: 1000, longest: 30000 }; // ms until a stream that the browser gave up is opened again

const REASONS = {
  too_large: "body too large (413)",
  full: "the outbox takes no more (503)",
  rate_limit: "more than rate_limit allows (429)",
  at_once: "too many of one visitor at once (429)",
  gone: "gone before their body was here",
};

const byId = id => document.getElementById(id);
const form = byId("filters");
const pauseButton = byId("pause");
const rows = new Rows(byId("requests"), byId("request-row"), KEPT);

let stream = null;
let asked = ""; // the query of that stream
let opened = false; // whether any stream ever was
let retry = RETRY.first;
let timer = 0;
let paused = false;
let missed = 0;
let seen = null;
const waiting = new Map(); // what came during a pause, by request; the latest of each
const overflowed = new Set(); // keys that no longer fit into waiting

const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

function connection(state, words) {
  const element = byId("connection");
  if (element.dataset.state === state && element.textContent === words) return;
  element.hidden = false;
  element.dataset.state = state;
  element.textContent = words;
}

function tell() {
  const waits = waiting.size + overflowed.size;
  byId("paused").hidden = !paused;
  byId("paused").textContent = paused ? `paused, ${waits.toLocaleString("en")} waiting` : "";
  byId("missed").hidden = missed === 0;
  byId("missed").textContent = missed ? `${missed.toLocaleString("en")} more came faster than this page takes` : "";
  byId("shown").textContent = plural(rows.size, "request shown", "requests shown") + (seen === null ? "" : `, ${seen.toLocaleString("en")} seen`);
  byId("list").hidden = !opened;
  byId("empty").hidden = rows.size > 0;
  byId("none").textContent = asked ? "No request that is remembered matches these filters." : "No request yet. As soon as one comes, it stands here.";
  byId("table").hidden = rows.size === 0;
}

function hold(requests) {
  for (const each of requests) {
    const key = Rows.key(each);
    waiting.delete(key);
    overflowed.delete(key);
    waiting.set(key, each);
  }
  while (waiting.size > KEPT) {
    const oldest = waiting.keys().next().value;
    waiting.delete(oldest);
    overflowed.add(oldest);
  }
}

function receive(message) {
  const { requests, missed: more, seen: total } = JSON.parse(message.data);
  missed += more;
  seen = total;
  if (paused) hold(requests);
  else rows.apply(requests);
  tell();
}

// They were answered unread, so there is nothing of them to show but how many there were.
function turnedAway(message) {
  const reasons = Object.entries(JSON.parse(message.data));
  const whole = reasons.reduce((sum, [, count]) => sum + count, 0);
  const words = reasons.map(([reason, count]) => `${count.toLocaleString("en")} ${REASONS[reason] ?? reason}`).join(", ");
  byId("turned-away").hidden = whole === 0;
  byId("turned-away").textContent = whole ? `${plural(whole, "request", "requests")} turned away unread since the start: ${words}` : "";
}

function pause(on) {
  paused = on;
  pauseButton.classList.toggle("button-on", on);
  pauseButton.textContent = on ? "Resume" : "Pause";
  if (on) return;
  rows.apply([...waiting.values()]);
  waiting.clear();
  overflowed.clear();
}

function query() {
  const fields = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  return new URLSearchParams(fields).toString();
}

function open() {
  clearTimeout(timer);
  stream?.close();
  connection("connecting", "connecting");
  asked = query();
  stream = new EventSource(`/live/stream?${asked}`);
  stream.addEventListener("open", () => {
    retry = RETRY.first;
    opened = true;
    connection("live", "live");
    tell();
  });
  stream.addEventListener("requests", receive);
  stream.addEventListener("turned_away", turnedAway);
  stream.addEventListener("error", lost);
}

// The browser itself comes back after a cut line, and gives up after an answer that is no stream.
function lost() {
  connection("lost", "connection lost, trying again");
  if (stream.readyState !== EventSource.CLOSED) return;
  timer = setTimeout(open, retry);
  retry = Math.min(retry * 2, RETRY.longest);
}

// Enter in a field is both a change and a submit; the second finds nothing to do.
function filter() {
  const text = query();
  if (text === asked) return;
  history.replaceState(null, "", text ? `/?${text}` : "/");
  byId("clear").hidden = !text;
  pause(false);
  rows.clear();
  missed = 0;
  seen = null;
  tell();
  open();
}

form.addEventListener("submit", event => {
  event.preventDefault();
  filter();
});
form.addEventListener("change", filter);
pauseButton.addEventListener("click", () => {
  pause(!paused);
  tell();
});
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", event => { if (event.persisted) open(); });

pauseButton.hidden = false;
tell();
open();
