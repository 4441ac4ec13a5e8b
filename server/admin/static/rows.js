// The rows of the live page, as the server drew them. What a visitor sent was escaped there, as on every page.

import { localTimes } from "./times.js";

const template = document.createElement("template");

const number = row => row.dataset.place.split(".").map(Number);

// Whether one row stands above another: it came later.
function above(one, other) {
  const [a, b] = [number(one), number(other)];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && a[at] > b[at];
}

/** The rows in HTML, oldest first. */
export function parsed(html) {
  template.innerHTML = html;
  return [...template.content.querySelectorAll("tr")];
}

/** The requests that the page shows, newest first, at most `most` of them. */
export class Rows {
  #body;
  #most;
  #known = new Map();

  constructor(body, most) {
    this.#body = body;
    this.#most = most;
    this.adopt();
  }

  /** Takes the rows that stand in the page as they are. */
  adopt() {
    localTimes(this.#body);
    this.#known = new Map([...this.#body.rows].map(row => [row.dataset.key, row]));
  }

  get size() {
    return this.#known.size;
  }

  get last() {
    return this.#body.lastElementChild;
  }

  has(row) {
    return this.#known.has(row.dataset.key);
  }

  /** Draws anew what has changed of a row, in its place; what has the focus keeps it. */
  redraw(row) {
    const before = this.#known.get(row.dataset.key);
    before.dataset.state = row.dataset.state;
    for (const cell of row.querySelectorAll("td:not(.at)")) {
      const old = before.getElementsByClassName(cell.className)[0];
      if (!old || old.innerHTML === cell.innerHTML) continue;
      const focused = old.contains(document.activeElement);
      old.replaceWith(cell);
      if (focused) cell.querySelector("a, [tabindex]")?.focus({ preventScroll: true });
    }
  }

  /** Rows that are new, oldest first: they are marked until others come. True where older ones had to go. */
  add(rows) {
    for (const row of this.#body.querySelectorAll(".fresh")) row.classList.remove("fresh");
    for (const row of rows.slice(-this.#most)) {
      localTimes(row);
      row.classList.add("fresh");
      let next = this.#body.firstElementChild;
      while (next && above(next, row)) next = next.nextElementSibling;
      this.#body.insertBefore(row, next);
      this.#known.set(row.dataset.key, row);
    }
    const full = this.size > this.#most;
    while (this.size > this.#most) {
      this.#known.delete(this.last.dataset.key);
      this.last.remove();
    }
    return full;
  }

  /** Rows of an older page, which stand below the others. */
  append(rows) {
    for (const row of rows) {
      if (this.has(row)) continue;
      localTimes(row);
      this.#body.append(row);
      this.#known.set(row.dataset.key, row);
    }
  }
}
