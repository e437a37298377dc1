// What a view shows stays as the emulator is, without losing what is typed, open or scrolled to.

import { el, place, showError } from "./dom.js";
import { stream } from "./stream.js";

const PAUSE = 400;
const SHARE = 4; // a view that takes long to load waits so many times as long, to leave the emulator to its clients

/**
 * Call `load()` now, and again whenever an entry of one of the `kinds` comes: at most every 400 ms, later if
 * it takes long, and never while the last call is under way. With `poll` also every so many milliseconds while
 * the page is visible, for what has no entry. Return `{refresh, end}`: `refresh()` loads at once; its promise ends when that is shown.
 */
export function live(load, kinds, { poll } = {}) {
  let timer = null, running = null, isDue = false, failed = null, ended = false, pause = PAUSE;

  async function run() {
    clearTimeout(timer);
    timer = null;
    if (running) {
      isDue = true;
      return running;
    }
    const began = performance.now();
    running = load().then(() => (failed = null), (error) => {
      if (error.message !== failed && !ended) showError(error);
      failed = error.message;
    });
    await running;
    running = null;
    pause = Math.max(PAUSE, SHARE * (performance.now() - began));
    if (isDue) {
      isDue = false;
      schedule();
    }
  }

  function schedule() {
    if (!ended) timer ??= setTimeout(run, pause);
  }

  async function refresh() {
    if (running) await running;
    await run();
  }

  const stop = stream.listen({
    entries: (batch) => batch.some(({ kind }) => kinds.includes(kind) || kind === "reset" || kind === "gap") && schedule(),
  });
  const clock = poll && setInterval(() => document.hidden || schedule(), poll);
  run();
  return { refresh, end: () => {
    ended = true;
    stop();
    clearInterval(clock);
    clearTimeout(timer);
  } };
}

/**
 * Return a function that shows items in `parent`. An item that is as before keeps its element.
 *
 * `key(item)` returns what distinguishes items, `render(item)` returns an element. If the element has a function `update`, it
 * is called with the changed item instead of a new `render`. `empty()` returns what stands in place of no items.
 */
export function keyedList(parent, { key, render, empty }) {
  let shown = new Map();
  return (items) => {
    const next = new Map();
    for (const item of items) {
      const id = key(item), text = JSON.stringify(item), before = shown.get(id);
      next.set(id, { text, element: before?.text === text ? before.element : rendered(before?.element, item, render) });
    }
    shown = next;
    const elements = [...next.values()].map((one) => one.element);
    place(parent, elements.length || !empty ? elements : [el("p", { class: "empty" }, empty())]);
  };
}

function rendered(before, item, render) {
  if (!before?.update) return render(item);
  before.update(item);
  return before;
}

/** Return details whose content is made when they are first opened; then `element.content` is it. */
export function lazyDetails(summary, content, attributes = {}) {
  const details = el("details", { ...attributes, ontoggle: () => {
    if (!details.open || details.content) return;
    details.content = content();
    details.append(details.content);
  } }, el("summary", {}, summary));
  return details;
}
