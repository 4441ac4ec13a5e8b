// What every page gains from JavaScript: copy buttons, search in tables, picking all rows.
// Each control is hidden in the HTML and shown here, so that without JavaScript none stands there and does nothing.

const SAID_FOR = 2000; // ms that a button says what it did

const show = (root, selector, prepare) => {
  for (const element of root.querySelectorAll(selector)) {
    prepare(element);
    element.hidden = false;
  }
};

export const say = text => {
  document.getElementById("announcer").textContent = text;
};

// The clipboard is only there on https and loopback; elsewhere the text is selected and copied the old way.
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  getSelection().selectAllChildren(element);
  if (!document.execCommand("copy")) throw new Error("refused");
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const holder = document.createElement("pre");
  holder.textContent = text;
  document.body.append(holder);
  return copy(holder).finally(() => holder.remove());
}

async function told(button, copied, otherwise) {
  const inside = [...button.childNodes];
  const said = await copied.then(() => "Copied", () => otherwise);
  button.textContent = said;
  say(said);
  setTimeout(() => button.replaceChildren(...inside), SAID_FOR);
}

function copyButton(button) {
  button.addEventListener("click", () => told(button, copy(document.getElementById(button.dataset.copy)), "Press Ctrl+C"));
}

// What a link, or a button of a form, leads to.
export const asked = way => way.form
  ? fetch(way.form.action, { method: "POST", body: new URLSearchParams(new FormData(way.form, way)) })
  : fetch(way.href);

// Where that is a plain text, it is copied and not gone to.
async function textOf(way) {
  const answer = await asked(way);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

function copyLink(way) {
  way.addEventListener("click", event => {
    event.preventDefault();
    told(way, textOf(way).then(copyText), "Not copied");
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

function pickAll(label) {
  const all = label.querySelector("input");
  all.addEventListener("change", () => {
    for (const box of all.form.querySelectorAll("input[name=ids]")) box.checked = all.checked;
  });
}

export function prepare(root) {
  show(root, "[data-copy]", copyButton);
  show(root, "[data-fetch]", copyLink);
  show(root, "[data-search]", searchField);
  show(root, "[data-pick-all]", pickAll);
}

prepare(document);
