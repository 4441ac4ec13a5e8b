// Every few seconds the parts of the page that are marked are fetched anew, while somebody may see them. The rest of the page
// stays as it is: what is picked, typed or folded open there.

import { localTimes } from "./times.js";

const EVERY = 10_000; // ms
const FOCUSABLE = "a, button, input, select, summary, [tabindex]";

const focusables = part => [...part.querySelectorAll(FOCUSABLE)];

// Whoever is in the middle of it with the keyboard stays where he is.
function replace(old, fresh) {
  if (old.outerHTML === fresh.outerHTML) return;
  const focused = focusables(old).indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (focused >= 0) focusables(fresh)[focused]?.focus({ preventScroll: true });
}

async function refresh() {
  if (document.hidden || !getSelection().isCollapsed) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-refresh]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh) continue;
    localTimes(fresh);
    replace(old, document.adoptNode(fresh));
  }
}

async function goOn() {
  await refresh().catch(() => {}); // the server may be starting again
  setTimeout(goOn, EVERY);
}

setTimeout(goOn, EVERY);
document.addEventListener("visibilitychange", () => refresh().catch(() => {}));
