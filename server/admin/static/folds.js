// Folds that fetch what is in them when they are opened first, and links to the lines of a file, which open the fold around them.
// Without JavaScript each fold holds a link to a page of the same content.

const AT_ONCE = 1000; // lines in one fold

async function load(fold) {
  const address = fold.dataset.load;
  if (!address || fold.dataset.loading) return;
  fold.dataset.loading = "yes";
  const answer = await fetch(`${address}&bare=1`).catch(() => null);
  delete fold.dataset.loading;
  if (!answer?.ok) return; // the link inside leads to a page that says why
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const link = fold.querySelector(":scope > .entry-place > .place");
  fold.querySelector(":scope > .entry-place")?.remove();
  fold.append(...(link ? [Object.assign(document.createElement("p"), { className: "entry-place" })] : []), ...parsed.body.childNodes);
  if (link) fold.querySelector(":scope > .entry-place").append(link);
  delete fold.dataset.load;
}

// The line that a hash such as #container.yaml-14 names: marked and scrolled to, in a fold that is opened for it.
async function toLine(hash) {
  const name = decodeURIComponent(hash.slice(1));
  const [, file, line] = /^(.+)-(\d+)$/.exec(name) ?? [];
  if (!file) return false;
  const first = Math.floor((line - 1) / AT_ONCE) * AT_ONCE + 1;
  const fold = [...document.querySelectorAll("[data-file]")].find(each => each.dataset.file === file && Number(each.dataset.first) === first);
  if (!fold) return false;
  fold.open = true;
  await load(fold);
  const target = document.getElementById(name);
  for (const each of document.querySelectorAll(".is-target")) each.classList.remove("is-target");
  target?.classList.add("is-target");
  target?.scrollIntoView({ block: "center" });
  return true;
}

document.addEventListener("toggle", event => { if (event.target.open) load(event.target); }, true);
document.addEventListener("click", event => {
  const link = event.target.closest?.("a.place");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !document.querySelector("[data-file]")) return;
  event.preventDefault();
  if (location.hash === link.hash) toLine(link.hash);
  else location.hash = link.hash;
});
addEventListener("hashchange", () => toLine(location.hash));
for (const fold of document.querySelectorAll("details[open][data-load]")) load(fold);
if (location.hash) toLine(location.hash);
