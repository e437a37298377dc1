// The timeline: everything that happened, newest first, with filter, pause and clear.

import { badge, button, clock, debounced, el, fill, toast } from "./dom.js";
import { describe, isSeparator, personText } from "./describe.js";
import { parseFilter } from "./filter.js";
import { showHelp } from "./help.js";
import { stream } from "./stream.js";
import { VirtualList } from "./virtual_list.js";

const KINDS = { request: "Requests", event: "Events", attempt: "Webhooks", frame: "Frames", reset: "Resets" };

const kept = { place: null, selected: null, hash: "#/timeline" };

/** Return the hash of the timeline as it was left, for the way back from an entry. */
export function timelineHash() {
  return kept.hash;
}

/** Return the hash of the timeline with only what has that cause. */
export function causeHash(cause) {
  return `#/timeline?${new URLSearchParams({ filter: `cause:${cause}` })}`;
}

/** Show the view in `root`. */
export function show(root, api, { query }) {
  const view = new TimelineView(api, query);
  root.append(view.bar, view.empty, view.list.element);
  view.begin();
  return () => view.end();
}

class TimelineView {
  #api;
  #kinds;
  #matches;
  #paused = null; // the seq of the last entry that is shown, while paused

  constructor(api, query) {
    this.#api = api;
    this.#kinds = new Set((query.get("kind") ?? "").split(",").filter((kind) => Object.hasOwn(KINDS, kind)));
    this.list = new VirtualList({
      label: "Timeline, newest first",
      row: (entry) => row(entry),
      open: (entry) => entry.id && (location.hash = `#/timeline/${encodeURIComponent(entry.id)}`),
      key: (event, entry) => this.#press(event, entry),
      moved: () => this.#count(),
    });
    this.empty = el("p", { class: "empty", hidden: true });
    this.bar = this.#bar(query.get("filter") ?? "");
  }

  begin() {
    this.#apply();
    this.list.selected = kept.selected;
    if (kept.hash === this.#hash()) this.list.place = kept.place;
    kept.hash = this.#hash();
    this.unlisten = stream.listen({ entries: (batch) => this.#add(batch), cleared: () => this.#apply() });
    this.onkey = (event) => this.#pressAnywhere(event);
    document.addEventListener("keydown", this.onkey);
    this.list.element.focus({ preventScroll: true });
  }

  end() {
    Object.assign(kept, { place: this.list.place, selected: this.list.selected });
    this.unlisten();
    document.removeEventListener("keydown", this.onkey);
    this.list.end();
  }

  #bar(filter) {
    this.input = el("input", {
      type: "search", class: "search", value: filter, placeholder: "Filter: status:422 method:POST -path:/auth", spellcheck: "false",
      "aria-label": "Filter", autocomplete: "off", oninput: debounced(() => this.#change(), 120),
      onkeydown: (event) => this.#pressInFilter(event),
    });
    this.kindButtons = Object.entries(KINDS).map(([kind, label]) =>
      button(label, () => this.#toggle(kind), { "data-kind": kind, "aria-pressed": String(this.#kinds.has(kind)) }));
    this.pause = button("Pause", () => this.#pause(), { "aria-pressed": "false", title: "Hold the list (p)" });
    this.newer = button("", () => this.#toTop(), { class: "newer", hidden: true });
    this.counter = el("span", { class: "muted count", role: "status" });
    return el("div", { class: "bar" },
      this.input,
      el("div", { class: "group kinds", role: "group", "aria-label": "Kinds" }, this.kindButtons),
      el("div", { class: "bar end" }, this.counter, this.newer, this.pause,
        button("Clear", () => stream.clear(), { title: "Empty this list, not the emulator" }),
        button("Empty journal", () => this.#emptyJournal(), { class: "danger", title: "Let the emulator forget its requests" }),
        button("?", showHelp, { title: "Keys and filter words (?)", "aria-label": "Help" })));
  }

  #hash() {
    const words = new URLSearchParams();
    if (this.input.value.trim()) words.set("filter", this.input.value.trim());
    if (this.#kinds.size) words.set("kind", [...this.#kinds].join(","));
    return words.size ? `#/timeline?${words}` : "#/timeline";
  }

  /** Apply a filter that was changed, and keep it in the address. */
  #change() {
    kept.hash = this.#hash();
    history.replaceState(null, "", kept.hash);
    this.#apply();
  }

  #apply() {
    const matches = parseFilter(this.input.value);
    this.#matches = (entry) => (!this.#kinds.size || this.#kinds.has(entry.kind)) && matches(entry);
    const shown = this.#paused === null ? stream.entries : stream.entries.filter((entry) => entry.seq <= this.#paused);
    this.list.replace(shown.filter(this.#matches));
    this.#count();
  }

  #add(batch) {
    if (this.#paused === null) this.list.append(batch.filter(this.#matches), stream.entries[0]?.seq);
    this.#count();
  }

  #count() {
    const shown = this.list.items.length, all = stream.entries.length;
    const waiting = this.#paused === null ? 0 : Math.max(0, (stream.entries.at(-1)?.seq ?? 0) - this.#paused);
    this.counter.textContent = shown === all || waiting ? `${shown.toLocaleString("en")}` : `${shown.toLocaleString("en")} of ${all.toLocaleString("en")}`;
    this.pause.textContent = this.#paused === null ? "Pause" : `Resume (${waiting.toLocaleString("en")} new)`;
    this.empty.hidden = shown > 0;
    this.empty.textContent = all ? "Nothing matches the filter." : "Nothing has happened yet: send a request to the emulator.";
    this.newer.hidden = this.list.above === 0;
    this.newer.textContent = "↑ Newest";
  }

  #toggle(kind) {
    if (!this.#kinds.delete(kind)) this.#kinds.add(kind);
    for (const one of this.kindButtons) one.setAttribute("aria-pressed", String(this.#kinds.has(one.dataset.kind)));
    this.#change();
  }

  #pause() {
    const place = this.list.place;
    this.#paused = this.#paused === null ? stream.entries.at(-1)?.seq ?? 0 : null;
    this.pause.setAttribute("aria-pressed", String(this.#paused !== null));
    if (this.#paused === null) {
      this.#apply();
      this.list.place = place;
    }
    this.#count();
  }

  #toTop() {
    this.list.element.scrollTop = 0;
    this.list.element.focus();
  }

  async #emptyJournal() {
    await this.#api.del("requests");
    stream.clear();
    toast("The journal is empty");
  }

  #showCause(entry) {
    if (entry?.cause) location.hash = causeHash(entry.cause);
    return Boolean(entry?.cause);
  }

  #press(event, entry) {
    return event.key === "c" && this.#showCause(entry);
  }

  #pressInFilter(event) {
    if (event.key === "Enter" || event.key === "ArrowDown") this.list.element.focus();
    else if (event.key === "Escape" && this.input.value) {
      this.input.value = "";
      this.#change();
    } else if (event.key === "Escape") this.list.element.focus();
    else return;
    event.preventDefault();
  }

  #pressAnywhere(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if ((event.key === "j" || event.key === "k") && event.target !== this.list.element) {
      this.list.element.focus({ preventScroll: true });
      this.list.press(event);
    } else if (event.key === "/") this.input.select();
    else if (event.key === "p") this.#pause();
    else if (event.key === "?") showHelp();
    else if (event.key === "Escape" && this.input.value) {
      this.input.value = "";
      this.#change();
    } else return;
    event.preventDefault();
  }
}

/** Return the row of an entry. */
function row(entry) {
  const { label, what, more, reason, who, status, statusKind, took, badges = [] } = describe(entry);
  if (isSeparator(entry)) {
    return el("div", { class: `row separator ${entry.kind}` }, el("div", { role: "gridcell" },
      el("span", { class: "separated" }, what, entry.time && el("span", { class: "muted" }, ` ${clock(entry.time)}`))));
  }
  const cell = (name, ...children) => el("div", { class: name, role: "gridcell" }, children);
  return el("div", { class: `row ${entry.kind}` },
    cell("when", el("time", { datetime: entry.time, title: entry.time }, clock(entry.time))),
    cell("label", label),
    cell("what", el("span", { class: "main", title: what }, withIds(what)), more && el("span", { class: "more", title: more }, more),
      reason && el("span", { class: "reason", title: reason }, reason), badges.map(([text, kind, title]) => badge(text, kind, title))),
    cell("who", whoParts(who)),
    cell("status", status && el("span", { class: statusKind }, status)),
    cell("took", took),
    cell("link", entry.cause && el("a", {
      href: causeHash(entry.cause), tabindex: "-1", title: "Show only what is linked (c)", "aria-label": "Show only what is linked",
      onclick: (event) => event.stopPropagation(),
    }, "⇄")));
}

/** Return a path whose ids may be shortened where there is little space. */
function withIds(text) {
  return String(text).split(/\b([0-9a-f]{24})\b/).map((part, index) => (index % 2 ? el("span", { class: "id" }, part) : part));
}

function whoParts(who) {
  if (typeof who === "string") return el("span", { title: who }, who);
  if (!who) return null;
  const role = who.role ?? who.kind;
  return el("span", { title: personText(who) }, role, el("span", { class: "muted" }, ` ${who.email ?? who.id}`));
}
