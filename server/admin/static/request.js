// The parts of a request without a new page: what a link or a button leads to is put in the place of what is shown, the address
// goes with it, and the focus stays. Arrow keys go along the tabs and the events. Without all this each is a page of its own.

import { asked, prepare } from "./page.js";
import { localTimes } from "./times.js";

const SHOWN = "shown";
const NEXT = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

let latest = 0; // of several that are on their way, only the one asked for last is shown

// Whether it is shown now; null where something else was asked for meanwhile.
async function put(answer, key) {
  const mine = ++latest;
  const response = await answer;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const there = page.getElementById(SHOWN);
  if (mine !== latest) return null;
  if (!response.ok || !there) return false;
  document.getElementById(SHOWN).replaceWith(document.adoptNode(there));
  document.title = page.title;
  prepare(there);
  localTimes(there);
  there.querySelector(`[data-go="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  there.querySelector(".events [aria-current]")?.scrollIntoView({ block: "nearest" });
  return true;
}

async function follow(way) {
  const done = await put(asked(way), way.dataset.go).catch(() => false);
  if (done === false && way.href) location.assign(way.href);
  if (done && way.href) history.pushState(null, "", way.href);
}

addEventListener("click", event => {
  const way = event.target.closest?.("[data-go]:not([data-fetch])");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!way || !plain) return;
  event.preventDefault();
  follow(way);
});

addEventListener("popstate", () => {
  if (!location.hash) put(fetch(location.href), "").then(done => { if (done === false) location.reload(); });
});

addEventListener("keydown", event => {
  const step = NEXT[event.key];
  const list = step && event.target.closest?.("[data-arrows]");
  if (!list || !event.target.dataset.go) return;
  const ways = [...list.querySelectorAll("[data-go]")];
  const next = ways[ways.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
