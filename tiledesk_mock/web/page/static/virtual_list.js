// A list of any length, of which only the visible rows are in the document. All rows have one height.

import { el, place } from "./dom.js";

const SPARE = 8; // rows beyond the visible ones, for a smooth scroll

/**
 * Shows `items`, the last one first. Each has `seq`, which grows.
 *
 * `options`: `label` of the list for screen readers; `row(item)` returns the element of a row; `open(item)`
 * is called on Enter and click; `key(event, item)` for other keys; `moved()` after a scroll or a selection.
 */
export class VirtualList {
  items = [];
  selected = null;
  #options;
  #rows = new Map();
  #height = 28;
  #frame = null;

  constructor(options) {
    this.#options = options;
    this.window = el("div", { class: "window", role: "rowgroup" });
    this.space = el("div", { class: "space", role: "presentation" }, this.window);
    this.element = el("div", {
      class: "list", role: "grid", tabindex: "0", "aria-label": options.label,
      onscroll: () => this.#schedule(),
      onkeydown: (event) => event.target === this.element && this.press(event),
      onclick: (event) => this.#click(event),
    }, this.space);
    this.resized = new ResizeObserver(() => this.#measure());
    this.resized.observe(this.element);
  }

  /** Stop watching the size. */
  end() {
    this.resized.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Show other items, from the first one on. */
  replace(items) {
    this.items = items;
    this.#rows.clear();
    this.element.scrollTop = 0;
    this.#schedule();
  }

  /** Show items more, and none before `first`. What is read stays where it is, but at the top. */
  append(items, first = 0) {
    const kept = this.items.findIndex((item) => item.seq >= first);
    this.items.splice(0, kept < 0 ? this.items.length : kept);
    this.items.push(...items);
    this.#resize();
    if (this.element.scrollTop > 0) this.element.scrollTop += items.length * this.#height;
    this.#schedule();
  }

  /** Return the place that is read, and go there later: `null` at the top. */
  get place() {
    const { scrollTop } = this.element;
    const index = Math.floor(scrollTop / this.#height);
    return scrollTop > 0 && this.items.length ? { seq: this.#at(index)?.seq, rest: scrollTop % this.#height } : null;
  }

  set place(place) {
    const index = place ? this.#indexOf(place.seq) : -1;
    this.#measure();
    this.element.scrollTop = index < 0 ? 0 : index * this.#height + place.rest;
    this.#schedule();
  }

  /** Return the number of rows above the first visible one. */
  get above() {
    return Math.floor(this.element.scrollTop / this.#height);
  }

  /** Select the item with that `seq`. */
  select(seq) {
    this.selected = seq;
    this.#schedule();
  }

  #at(index) {
    return this.items[this.items.length - 1 - index];
  }

  /** Return the index from the top of the item with that seq, or of the next older one; -1 without items. */
  #indexOf(seq) {
    let low = 0, high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle].seq <= seq) low = middle + 1;
      else high = middle;
    }
    return Math.min(this.items.length - low, this.items.length - 1);
  }

  #measure() {
    this.#height = parseFloat(getComputedStyle(this.element).getPropertyValue("--row")) || 28;
    this.#resize();
    this.#schedule();
  }

  #resize() {
    this.space.style.height = `${this.items.length * this.#height}px`;
  }

  #schedule() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
      this.#options.moved?.();
    });
  }

  #draw() {
    this.#resize();
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.#height) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.#height) + SPARE);
    const rows = new Map();
    for (let index = first; index < last; index++) {
      const item = this.#at(index);
      const row = this.#rows.get(item.seq) ?? this.#newRow(item);
      row.setAttribute("aria-rowindex", index + 1);
      row.setAttribute("aria-selected", String(item.seq === this.selected));
      rows.set(item.seq, row);
    }
    this.#rows = rows;
    this.window.style.transform = `translateY(${first * this.#height}px)`;
    place(this.window, [...rows.values()]);
    this.element.setAttribute("aria-rowcount", this.items.length);
    const active = rows.get(this.selected);
    if (active) this.element.setAttribute("aria-activedescendant", active.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #newRow(item) {
    const row = this.#options.row(item);
    row.id = `row-${item.seq}`;
    row.dataset.seq = item.seq;
    row.setAttribute("role", "row");
    return row;
  }

  #click(event) {
    const row = event.target.closest("[data-seq]");
    const item = row && this.#rows.has(Number(row.dataset.seq)) && this.#at(this.#indexOf(Number(row.dataset.seq)));
    if (!item || String(getSelection())) return; // text was selected, not the row
    this.select(item.seq);
    this.#options.open(item);
  }

  /** Do what a key says. */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#height) - 1);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const item = this.selected === null ? null : this.#at(this.#indexOf(this.selected));
    if (event.key in steps) this.#move(steps[event.key]);
    else if (event.key === "Enter" && item) this.#options.open(item);
    else if (!this.#options.key?.(event, item)) return;
    event.preventDefault();
  }

  #move(step) {
    if (!this.items.length) return;
    const from = this.selected === null ? this.above - Math.sign(step) : this.#indexOf(this.selected);
    const index = Math.max(0, Math.min(this.items.length - 1, from + step));
    this.selected = this.#at(index).seq;
    this.#reveal(index);
    this.#schedule();
  }

  #reveal(index) {
    const { clientHeight } = this.element;
    const top = index * this.#height;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + this.#height > this.element.scrollTop + clientHeight) this.element.scrollTop = top + this.#height - clientHeight;
  }
}
