// Parts that several views have: sections, choices for forms, badges of states.

import { statusKind } from "./describe.js";
import { badge, copyButton, el, fill } from "./dom.js";
import { parseJson } from "./json_text.js";
import { stream } from "./stream.js";

const MOST_CHOICES = 500;
const FRESH = 4000;

/** The options of a form for the method of a request. */
export const METHODS = [["", "any but OPTIONS"], "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Return a section with a heading; what follows the heading in its line is `end`. */
export function section(title, end, ...content) {
  return el("section", { class: "card", "aria-label": title }, el("div", { class: "bar section-head" }, el("h2", {}, title), end && el("div", { class: "bar end" }, end)), content);
}

/** Return the heading of a view. */
export function heading(text) {
  return el("h1", { class: "offscreen" }, text);
}

/** Return a `<details>` with a form, closed at first. */
export function foldedForm(title, form) {
  return el("details", { class: "folded" }, el("summary", {}, title), form);
}

/** Return a `<select>`, which has an id, with its label. */
export function labelled(label, select) {
  return el("div", { class: "field" }, el("label", { for: select.id }, label), select);
}

/** Return a badge of a status of HTTP; null is no response. */
export function statusBadge(status) {
  return badge(String(status ?? "no response"), statusKind(status));
}

/** Return a text that can be copied: in one line, as code. */
export function copyable(text, name) {
  return el("span", { class: "copyable" }, el("code", {}, text), copyButton("Copy", () => text, { class: "quiet small", "aria-label": `Copy ${name}` }));
}

/**
 * Lists to choose from in forms: people, projects, names of events and conversations. They are suggestions: any
 * other text can be typed. `ids` are what fields have as `list`, `element` has to be in the page.
 */
export class Choices {
  ids = {};
  projects = [];
  people = [];
  #lists = {};
  #read = -Infinity;

  constructor() {
    const own = `choices${++Choices.number}`;
    for (const name of ["people", "projects", "events", "conversations", "subscribable"]) {
      this.ids[name] = `${own}-${name}`;
      this.#lists[name] = el("datalist", { id: this.ids[name] });
    }
    this.element = el("div", { hidden: true }, Object.values(this.#lists));
  }

  /** Read the lists anew, if that was not done in the last seconds: they are long where there are many people. */
  async load(api, options = {}) {
    const age = performance.now() - this.#read;
    if (!options.always && age < FRESH) return;
    this.#read = performance.now();
    await this.#load(api, options).catch((error) => {
      this.#read = -Infinity;
      throw error;
    });
  }

  async #load(api, { conversations = false }) {
    const [{ people }, { projects }, standard, requests] = await Promise.all([
      api.get("people"), api.get("projects"), platformEvents(api), conversations ? api.get("conversations") : { conversations: [] },
    ]);
    this.people = people;
    this.projects = projects;
    const fired = new Set(stream.entries.filter((one) => one.kind === "event" && !one.standard).map((one) => one.event).reverse());
    this.#show("people", [...roles(people), ...people.map((one) => [one.email ?? one.id, one.role])]);
    this.#show("projects", projects.map((one) => [one._id, one.name]));
    this.#show("events", [...fired].map((name) => [name, ""]));
    this.#show("conversations", requests.conversations.map((one) => [one.request_id, one.first_text ?? ""]));
    this.#show("subscribable", [["event.emit", "every custom event"], ...[...fired].map((name) => [`event.emit.${name}`, ""]),
      ...standard.filter((one) => !one.custom).map((one) => [one.name, one.description])]);
  }

  /** Return the name of a project. */
  projectName(id) {
    return this.projects.find((one) => one._id === id)?.name ?? id ?? "no project";
  }

  #show(name, pairs) {
    fill(this.#lists[name], pairs.slice(0, MOST_CHOICES).map(([value, label]) => el("option", { value }, label)));
  }
}
Choices.number = 0;

function roles(people) {
  return [...new Set(people.map((one) => one.role))].map((role) => [role, "the first with this role"]);
}

let standard = null;

/** Return the table of the platform's own events; it is read once. */
export async function platformEvents(api) {
  standard ??= api.get("standard-events").catch((error) => {
    standard = null;
    throw error;
  });
  return (await standard).events;
}

/**
 * Return a field of a form for a row of the table of platform events, or of steps: `name`, `type` and
 * `description` in words, `required`, and `text`: whether it may be text.
 */
export function tableField(row, choices) {
  const field = { name: row.name, required: row.required, hint: row.description };
  if (row.type === "true or false") return { ...field, type: "select", options: [["", "as it is"], ["true", "true"], ["false", "false"]] };
  if (row.type.endsWith("number")) return { ...field, type: "number" };
  if (row.type.startsWith("a list of people")) return { ...field, hint: `${row.description}: names with commas between`, list: choices.ids.people };
  if (!row.text) return { ...field, type: "json", rows: 2, hint: `${row.description} (${row.type}, as JSON)` };
  const isPerson = row.type.startsWith("a role");
  return { ...field, list: isPerson ? choices.ids.people : row.type.startsWith("a request_id") ? choices.ids.conversations : null };
}

/** Return the values of such fields as the control API takes them. */
export function tableValues(rows, values) {
  const types = new Map(rows.map((row) => [row.name, row.type]));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, converted(types.get(name) ?? "", value)]));
}

function converted(type, value) {
  if (type === "true or false") return value === "true";
  if (typeof value !== "string") return value;
  if (type.startsWith("a list of people")) return value.split(",").map((one) => one.trim()).filter(Boolean);
  if (/object|document|list/.test(type) && /^[[{]/.test(value.trim())) return parseJson(value);
  return value;
}
