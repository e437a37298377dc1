// Forms: fields described by objects, values as JSON, an error in one line.

import { el } from "./dom.js";
import { JsonError, parseJson } from "./json_text.js";

let forms = 0;

/**
 * Return a form.
 *
 * A field is `{name, label, type, value, options, required, placeholder, hint}`. Its type is that of an
 * `<input>` (`text` by default), or `select` (with `options`: values, or pairs of value and label),
 * `textarea`, `checkbox` or `json`; `list` is the id of a datalist. `onsubmit(values)` gets an object with the
 * values: numbers, booleans and JSON as such, and nothing for a field that is empty. The error that it throws
 * is shown in the form.
 */
export function form(fields, { submit = "Send", onsubmit, reset = false }) {
  const number = ++forms;
  const error = errorLine();
  const send = el("button", { type: "submit", class: "primary" }, submit);
  const controls = fields.map((field) => [field, control(field, `form${number}-${field.name}`)]);
  const element = el("form", {
    class: "form",
    onsubmit: async (event) => {
      event.preventDefault();
      error.show(null);
      send.disabled = true;
      try {
        await onsubmit(valuesOf(controls), element);
        if (reset) element.reset();
      } catch (problem) {
        error.show(problem);
      } finally {
        send.disabled = false;
      }
    },
  }, controls.map(([field, input]) => row(field, input)), error, el("div", { class: "form-end" }, send));
  return element;
}

/** Return a line for an error, hidden until `show(error)`, and again after `show(null)`. */
export function errorLine() {
  const element = el("p", { class: "error", role: "alert", hidden: true });
  element.show = (error) => {
    element.textContent = error?.message ?? "";
    element.hidden = !error;
  };
  return element;
}

/** Return the form of a filter: `oninput` is called whenever one of its fields changes. */
export function filterForm(oninput, ...fields) {
  return el("form", { class: "filter", role: "search", onsubmit: (event) => event.preventDefault(), oninput }, fields);
}

/** Return an input with its label, for a filter. */
export function filterField(label, input, kind = null) {
  return el("label", { class: kind }, el("span", {}, label), input);
}

function row(field, input) {
  const label = el("label", { for: (input.input ?? input).id }, field.label ?? field.name);
  const hint = field.hint && el("span", { class: "muted hint" }, withCode(field.hint));
  return el("div", { class: `field of-${field.type ?? "text"}` }, label, input, hint);
}

/** Return a text with what stands between backticks as code. */
function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

function control(field, id) {
  const attributes = { id, name: field.name, required: field.required, placeholder: field.placeholder };
  if (field.type === "select") {
    const options = field.options.map((one) => (Array.isArray(one) ? one : [one, one]));
    return el("select", attributes, options.map(([value, label]) =>
      el("option", { value, selected: value === field.value }, label)));
  }
  if (field.type === "textarea" || field.type === "json") {
    return el("textarea", { ...attributes, rows: field.rows ?? 4, spellcheck: "false" }, field.value);
  }
  const type = field.type ?? "text";
  const list = field.options && el("datalist", { id: `${id}-list` }, field.options.map((value) => el("option", { value })));
  const input = el("input", { ...attributes, type, autocomplete: "off", list: field.list ?? list?.id, step: type === "number" && "any",
    checked: type === "checkbox" && field.value, value: type === "checkbox" ? null : field.value });
  if (!list) return input;
  return Object.assign(el("span", { class: "with-list" }, input, list), { input });
}

function valuesOf(controls) {
  const values = {};
  for (const [field, element] of controls) {
    const value = valueOf(field, element.input ?? element);
    if (value !== undefined) values[field.name] = value;
  }
  return values;
}

function valueOf(field, input) {
  if (field.type === "checkbox") return input.checked;
  if (input.value.trim() === "") return undefined;
  if (field.type === "number") return Number(input.value);
  if (field.type !== "json") return input.value;
  try {
    return parseJson(input.value);
  } catch (error) {
    if (error instanceof JsonError) showPlace(input, error.index);
    throw new Error(`${field.label ?? field.name}: ${error.message}`);
  }
}

/** Select what is wrong in a text area. */
function showPlace(input, index) {
  input.focus();
  input.setSelectionRange(index, Math.min(index + 1, input.value.length));
}
