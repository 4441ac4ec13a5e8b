// What every page gains from JavaScript: copy buttons, search in tables, folding all at once, picking all rows.
// Each control is hidden in the HTML and shown here, so that without JavaScript none stands there and does nothing.

const SAID_FOR = 2000; // ms that a button says what it did

const show = (selector, prepare) => {
  for (const element of document.querySelectorAll(selector)) {
    prepare(element);
    element.hidden = false;
  }
};

const say = text => {
  document.getElementById("announcer").textContent = text;
};

// The clipboard is only there on https and loopback; elsewhere the text is selected and copied the old way.
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  getSelection().selectAllChildren(element);
  if (!document.execCommand("copy")) throw new Error("refused");
}

function copyButton(button) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const told = await copy(document.getElementById(button.dataset.copy)).then(() => "Copied", () => "Press Ctrl+C");
    button.textContent = told;
    say(told);
    setTimeout(() => { button.textContent = label; }, SAID_FOR);
  });
}

function searchField(box) {
  const field = box.querySelector("input");
  const rows = [...document.getElementById(box.dataset.search).querySelectorAll("[data-row]")];
  const texts = rows.map(row => row.textContent.toLowerCase());
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    let found = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every(word => texts[index].includes(word));
      found += row.hidden ? 0 : 1;
    });
    say(`${found} of ${rows.length}`);
  });
}

function foldButton(button) {
  const folds = () => [...document.getElementById(button.dataset.fold).querySelectorAll("details")];
  const name = () => { button.textContent = folds().every(each => each.open) ? "Close all" : "Open all"; };
  name();
  button.addEventListener("click", () => {
    const open = !folds().every(each => each.open);
    for (const each of folds()) each.open = open;
    name();
  });
}

function pickAll(label) {
  const all = label.querySelector("input");
  all.addEventListener("change", () => {
    for (const box of all.form.querySelectorAll("input[name=ids]")) box.checked = all.checked;
  });
}

// A link to something inside a fold opens the folds around it.
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  for (let around = target?.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  target?.scrollIntoView();
}

show("[data-copy]", copyButton);
show("[data-search]", searchField);
show("[data-fold]", foldButton);
show("[data-pick-all]", pickAll);
addEventListener("hashchange", openTarget);
addEventListener("click", event => {
  const link = event.target.closest?.("a[href^='#']");
  if (link && link.hash === location.hash) openTarget(); // no change of the hash tells of it
});
if (location.hash) openTarget();
