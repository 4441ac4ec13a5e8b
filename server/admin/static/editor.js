// A draft of the configuration: checked while somebody writes, kept in this tab alone, taken away by copying or downloading.
// Without JavaScript the same form sends the same draft to the same address, and a page comes back.

import { say } from "./page.js";

const WAITS = 400; // ms without a change after which a draft is checked
const AGAIN = 700; // ms after which a check is tried again that gave way to another's

const form = document.querySelector("[data-editor]");
const area = form.querySelector("textarea");
const named = form.querySelector("input[name=name]");
const findings = document.querySelector(".findings");
const chooser = document.querySelector(".choose select");
const kept = `tagyard.draft:${form.dataset.editor}`;
const part = name => document.getElementById(`found-${name}`);

// The files that were opened, by name: as they are in force, and as they are written here.
const files = new Map([[named.value, { base: area.value, text: area.value }]]);
let taken = true; // whether what is written here was copied or downloaded

const changed = () => [...files].filter(([, file]) => file.text !== file.base);

function keep() {
  const drafts = Object.fromEntries(changed());
  try {
    if (changed().length) sessionStorage.setItem(kept, JSON.stringify(drafts));
    else sessionStorage.removeItem(kept);
  } catch { /* the tab keeps no more than it has room for, and asks before it is left */ }
  document.querySelector(".file-name").toggleAttribute("data-changed", area.value !== files.get(named.value).base);
}

function restore() {
  const drafts = JSON.parse(sessionStorage.getItem(kept) ?? "{}");
  for (const [name, draft] of Object.entries(drafts)) {
    const base = name === named.value ? area.value : draft.base;
    files.set(name, { base, text: draft.text });
  }
  if (!changed().length) return;
  area.value = files.get(named.value).text;
  taken = false;
  document.querySelector("[data-testid=restored]").hidden = false;
}

// Line numbers, and marks at those with problems.
const gutter = form.querySelector(".gutter");
const numbers = gutter.querySelector(".numbers");
let lines = 0;

function number() {
  const count = area.value.split("\n").length;
  if (count === lines) return;
  lines = count;
  numbers.querySelector("pre").textContent = Array.from({ length: count }, (_, at) => at + 1).join("\n");
}

function follow() {
  numbers.style.transform = `translateY(${-area.scrollTop}px)`;
}

const step = () => parseFloat(getComputedStyle(area).lineHeight);

function mark() {
  numbers.querySelectorAll(".mark").forEach(each => each.remove());
  const worst = new Map();
  for (const each of part("problems").querySelectorAll("[data-line]")) {
    const { file, line, severity } = each.dataset;
    if (file === named.value && worst.get(line) !== "error") worst.set(line, severity);
  }
  const first = numbers.querySelector("pre").offsetTop;
  for (const [line, severity] of worst) {
    const it = Object.assign(document.createElement("span"), { className: "mark", textContent: line });
    it.dataset.severity = severity;
    it.style.top = `${first + (line - 1) * step()}px`;
    numbers.append(it);
  }
}

// Asking. The newest question counts; an answer that somebody else's question took the place of is asked for again.
let asking = new AbortController();

async function ask(what) {
  asking.abort();
  const mine = asking = new AbortController();
  const body = new URLSearchParams();
  for (const [name, file] of [...changed(), [named.value, files.get(named.value)]]) {
    body.append("name", name);
    body.append("text", file.text);
  }
  if (what !== "check") findings.setAttribute("aria-busy", "true");
  const address = `/configuration/edit?do=${what}&bare=1`;
  const answer = await fetch(address, { method: "POST", body, signal: mine.signal }).catch(() => null);
  const text = await answer?.text().catch(() => null);
  if (mine !== asking) return;
  findings.removeAttribute("aria-busy");
  const found = new DOMParser().parseFromString(text ?? "", "text/html");
  const problems = found.getElementById("found-problems");
  if (problems?.dataset.superseded) return void setTimeout(() => { if (mine === asking) ask(what); }, AGAIN);
  if (!problems) return refused(answer?.status);
  part("problems").replaceWith(problems);
  if (what !== "check") part("results").replaceWith(found.getElementById("found-results"));
  mark();
  say([part("problems"), ...(what === "check" ? [] : [part("results")])]
    .map(each => each.querySelector(".verdict, .headline")?.textContent).filter(Boolean).join(". "));
}

function refused(status) {
  const why = { 413: "The draft is too large to be looked at.", 401: "You are signed out: sign in in another tab." };
  const verdict = Object.assign(document.createElement("p"), { className: "verdict" });
  verdict.dataset.state = "error";
  verdict.textContent = why[status] ?? "The server does not answer. Your draft is kept in this tab.";
  part("problems").replaceChildren(verdict);
  say(verdict.textContent);
}

let waiting;
function written() {
  files.get(named.value).text = area.value;
  taken = false;
  number();
  follow();
  part("results").classList.add("is-stale");
  clearTimeout(waiting);
  waiting = setTimeout(() => { keep(); ask("check"); }, WAITS);
}

function now(what) {
  clearTimeout(waiting);
  keep();
  ask(what);
}

// Moving to a problem. Columns count characters, of which some are two units of JavaScript's.
async function open(name) {
  if (!files.has(name)) {
    const answer = await fetch(`/configuration/text?file=${encodeURIComponent(name)}`).catch(() => null);
    if (!answer?.ok) return false;
    const text = await answer.text();
    files.set(name, { base: text, text });
  }
  named.value = name;
  document.querySelector(".file-name").textContent = name;
  if (chooser) chooser.value = name;
  area.value = files.get(name).text;
  number();
  keep();
  mark();
  return true;
}

async function move({ file, line, column }) {
  if (file !== named.value && !await open(file)) return;
  const texts = area.value.split("\n");
  const before = texts.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const within = [...texts[line - 1] ?? ""].slice(0, column - 1).join("").length;
  area.focus();
  leaving = false;
  area.setSelectionRange(before + within, before + within);
  area.scrollTop = (line - 1) * step() - area.clientHeight / 3;
  area.scrollLeft = 0;
}

// Typing: Tab indents, unless Escape was pressed before it or nobody has typed yet, who may just pass by on the way through the page;
// and a new line begins where the last one did.
const put = text => document.execCommand("insertText", false, text); // which can be undone

let leaving = false;
function key(event) {
  const leaves = leaving;
  leaving = event.key === "Escape";
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    now("test");
  } else if (event.key === "Tab" && !event.shiftKey && !leaves) {
    event.preventDefault();
    indent();
  } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
    put(`\n${/^ */.exec(line)[0]}`);
  }
}

function indent() {
  const { selectionStart: from, selectionEnd: to, value } = area;
  if (!value.slice(from, to).includes("\n")) return put("  ");
  const start = value.lastIndexOf("\n", from - 1) + 1;
  area.setSelectionRange(start, to);
  const moved = value.slice(start, to).replace(/^(?=.)/gm, "  ");
  put(moved);
  area.setSelectionRange(start, start + moved.length);
}

// Taking it away.
const take = {
  async copy() {
    if (navigator.clipboard) await navigator.clipboard.writeText(area.value);
    else {
      area.select();
      if (!document.execCommand("copy")) throw new Error("refused");
    }
    return "Copied";
  },
  async download() {
    const address = URL.createObjectURL(new Blob([area.value], { type: "application/yaml" }));
    Object.assign(document.createElement("a"), { href: address, download: named.value }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    return "Downloaded";
  },
};

for (const button of document.querySelectorAll("[data-take]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const told = await take[button.dataset.take]().then(words => { taken = true; return words; }, () => "Press Ctrl+C");
    button.textContent = told;
    say(told);
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

document.querySelector("[data-discard]").addEventListener("click", event => {
  for (const file of files.values()) file.text = file.base;
  area.value = files.get(named.value).text;
  event.target.parentElement.hidden = true;
  number();
  now("check");
  taken = true;
  area.focus();
});
if (chooser) {
  chooser.form.querySelector("button").hidden = true;
  chooser.addEventListener("change", () => open(chooser.value).then(() => ask("check")));
}
form.addEventListener("submit", event => {
  event.preventDefault();
  now(event.submitter?.value ?? "check");
});
findings.addEventListener("click", event => {
  const to = event.target.closest(".to-line");
  if (to) move(to.dataset);
});
area.addEventListener("keydown", key);
area.addEventListener("focus", () => { leaving = true; });
area.addEventListener("click", () => { leaving = false; });
area.addEventListener("input", written);
area.addEventListener("scroll", follow, { passive: true });
addEventListener("beforeunload", event => { if (!taken && changed().length) event.preventDefault(); });

gutter.hidden = false;
findings.querySelector(".verdict").textContent = "Checking…";
restore();
number();
now("check");
