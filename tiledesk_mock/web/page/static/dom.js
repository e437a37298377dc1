// Elements, made without HTML: whatever comes from the emulator is text.

/**
 * Return a new element.
 *
 * A function under a name like `onclick` listens to that event; null, undefined and false are left out, also
 * among the children; other children are nodes, texts, numbers or lists of these.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value != null && value !== false) element.setAttribute(name, value);
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false);
}

/** Let an element have these children. Those that stay are not moved, so that they keep focus and scroll. */
export function place(parent, elements) {
  const kept = new Set(elements);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}

/** Replace what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Return a button; while the promise of `onclick` is open it is disabled, and its error is shown. */
export function button(label, onclick, attributes = {}) {
  const element = el("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", async (event) => {
    event.stopPropagation();
    await whileBusy(element, () => onclick(event)).catch(showError);
  });
  return element;
}

async function whileBusy(element, work) {
  const result = work();
  if (!(result instanceof Promise)) return result;
  element.disabled = true;
  try {
    return await result;
  } finally {
    element.disabled = false;
  }
}

/** Return a button that copies what `text()` returns. */
export function copyButton(label, text, attributes = {}) {
  return button(label, async () => {
    await copy(await text());
    toast("Copied");
  }, { title: "Copy", ...attributes });
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers have no clipboard for pages of other machines without TLS.
  const area = el("textarea", { class: "offscreen", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not let this page copy");
}

/** Return a button that saves what `content()` returns, bytes or text, as a file. */
export function saveButton(label, name, content, type = "application/octet-stream") {
  return button(label, async () => {
    const url = URL.createObjectURL(new Blob([await content()], { type }));
    el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });
}

/**
 * Return a table. A column is `{title, value, class}`, where `value(row)` returns what stands in the cell.
 * `options`: `empty`, the text in place of no rows; `caption`, for screen readers.
 */
export function table(columns, rows, options = {}) {
  if (!rows.length && options.empty) return el("p", { class: "empty" }, options.empty);
  const head = columns.map((column) => el("th", { scope: "col", class: column.class }, column.title));
  const body = rows.map((row) => el("tr", {}, columns.map((column) => el("td", { class: column.class }, column.value(row)))));
  return el("div", { class: "table" }, el("table", {},
    options.caption && el("caption", { class: "offscreen" }, options.caption),
    el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

/** Return pairs of a term and its description. Pairs whose description is null are left out. */
export function pairs(list) {
  return el("dl", { class: "pairs" }, list.filter(([, value]) => value != null && value !== "")
    .map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
}

/** Return a badge: a short text whose `kind` is `info`, `good`, `warn` or `bad`. */
export function badge(text, kind = "info", title = null) {
  return el("span", { class: `badge ${kind}`, title }, text);
}

/** Return a time of the emulator as local time of day, with the date if it is another day; ISO as its title. */
export function time(iso) {
  return el("time", { datetime: iso, title: iso }, clock(iso));
}

/** Return an ISO time as local text: `21:45:12.345`, or `2026-01-31 21:45` of another day than today. */
export function clock(iso) {
  const moment = new Date(iso ?? NaN);
  if (isNaN(moment)) return "";
  const two = (number, digits = 2) => String(number).padStart(digits, "0");
  const minutes = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (moment.toDateString() === new Date().toDateString()) {
    return `${minutes}:${two(moment.getSeconds())}.${two(moment.getMilliseconds(), 3)}`;
  }
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${minutes}`;
}

/** Return a number with its noun: `1 event`, `2 events`. */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Show one line for some seconds. Errors (`kind` is `bad`) stay longer. */
export function toast(text, kind = "info") {
  const line = el("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 8000 : 2500);
}

/** Show an error in one line. */
export function showError(error) {
  toast(error?.message ?? String(error), "bad");
}

/** Return what `work` returns when it is called the last time within `milliseconds`. */
export function debounced(work, milliseconds) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), milliseconds);
  };
}
