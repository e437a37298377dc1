// JSON as a tree that can be collapsed. Branches are made when they are opened.

import { button, counted, el } from "./dom.js";
import { WrittenNumber } from "./exact_json.js";

const MOST_CHILDREN = 200;
const SHORT = 5000; // characters

/** Return a JSON value as a tree, of which the first `depth` levels are open: all of a short one. */
export function jsonTree(value, depth = JSON.stringify(value).length < SHORT ? Infinity : 3) {
  return el("div", { class: "json" }, node(null, value, depth));
}

function node(key, value, depth) {
  const label = key === null ? [] : [el("span", { class: "key" }, key), el("span", { class: "mark" }, ": ")];
  if (value === null || typeof value !== "object" || value instanceof WrittenNumber) return el("div", { class: "leaf" }, label, leaf(value));
  const entries = Array.isArray(value) ? value.map((one, index) => [index, one]) : Object.entries(value);
  if (!entries.length) return el("div", { class: "leaf" }, label, el("span", { class: "mark" }, brackets(value).join("")));
  return branch(label, value, entries, depth);
}

function branch(label, value, entries, depth) {
  const [open, close] = brackets(value);
  const children = el("div", { class: "children" });
  const details = el("details", {
    open: depth > 0,
    ontoggle: () => details.open && !children.firstChild && addChildren(children, entries, 0, depth),
  }, el("summary", {}, label, el("span", { class: "mark" }, open), el("span", { class: "count" }, size(value, entries)),
    el("span", { class: "mark closed-only" }, close)), children, el("div", { class: "mark end" }, close));
  if (depth > 0) addChildren(children, entries, 0, depth);
  return details;
}

function addChildren(parent, entries, first, depth) {
  const end = Math.min(first + MOST_CHILDREN, entries.length);
  parent.append(...entries.slice(first, end).map(([key, value]) => node(key, value, depth - 1)));
  if (end === entries.length) return;
  const more = button(`${entries.length - end} more`, () => {
    more.remove();
    addChildren(parent, entries, end, depth);
  }, { class: "quiet" });
  parent.append(more);
}

function brackets(value) {
  return Array.isArray(value) ? ["[", "]"] : ["{", "}"];
}

function size(value, entries) {
  return ` ${counted(entries.length, Array.isArray(value) ? "item" : "field")} `;
}

function leaf(value) {
  if (value instanceof WrittenNumber) return el("span", { class: "value number" }, value.text);
  const kind = value === null ? "null" : typeof value;
  return el("span", { class: `value ${kind}` }, JSON.stringify(value));
}
