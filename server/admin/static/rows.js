// The rows of the live page. Everything that a visitor sent goes in as text, never as HTML.

const NAMES = 4; // names shown in a cell; the others are counted

// ["a", "b", "a"] is [["a", 2], ["b", 1]].
function counted(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}

function text(tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
}

function chips(cell, names) {
  const all = counted(names);
  const shown = all.slice(0, NAMES).map(([name, count]) => text("span", "chip", count > 1 ? `${name} ×${count}` : name));
  if (all.length > NAMES) shown.push(text("span", "soft small", `and ${all.length - NAMES} more`));
  if (!all.length) shown.push(text("span", "none", "none"));
  const list = text("div", "chips", "");
  list.append(...shown);
  cell.replaceChildren(list);
}

function fill(row, request) {
  const cell = name => row.querySelector(`[data-cell="${name}"]`);
  cell("at").textContent = request.at;
  cell("at").title = request.date;
  cell("client").textContent = request.client ?? "none";
  cell("client").classList.toggle("none", request.client === null);
  cell("line").href = `/requests/${encodeURIComponent(request.worker)}/${encodeURIComponent(request.id)}`;
  cell("method").textContent = request.method;
  cell("path").textContent = request.path;
  cell("reply").textContent = [request.status, request.took && `in ${request.took}`].filter(Boolean).join(" ");
  cell("state").dataset.state = request.state;
  cell("state").textContent = request.state;
  cell("why").textContent = request.why;
  for (const name of ["events", "fired", "held"]) chips(cell(name), request[name]);
}

/** The requests that the page shows, newest first, at most `kept` of them. */
export class Rows {
  #body;
  #template;
  #kept;
  #known = new Map();

  constructor(body, template, kept) {
    this.#body = body;
    this.#template = template;
    this.#kept = kept;
  }

  static key(request) {
    return `${request.worker}/${request.id}`;
  }

  get size() {
    return this.#known.size;
  }

  /** Requests, oldest first; one that is already shown is drawn anew in its place, and what joins others is marked. */
  apply(requests) {
    const added = document.createDocumentFragment();
    const marked = this.size > 0;
    for (const request of requests.slice(-this.#kept)) {
      const known = this.#known.get(Rows.key(request));
      if (known) fill(known, request);
      else added.prepend(this.#add(request, marked));
    }
    this.#body.prepend(added);
    this.#trim();
  }

  clear() {
    this.#known.clear();
    this.#body.replaceChildren();
  }

  #add(request, marked) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.id = request.id;
    row.dataset.worker = request.worker;
    row.classList.toggle("fresh", marked);
    fill(row, request);
    this.#known.set(Rows.key(request), row);
    return row;
  }

  #trim() {
    for (const [key, row] of this.#known) {
      if (this.#known.size <= this.#kept) return;
      row.remove();
      this.#known.delete(key);
    }
  }
}
