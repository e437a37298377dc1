// The stored events: filtered by the emulator, newest first, page by page.

import { button, counted, debounced, el, fill, time } from "./dom.js";
import { errorLine, filterField, filterForm } from "./forms.js";
import { parseJson } from "./json_text.js";
import { jsonTree } from "./json.js";
import { keyedList, lazyDetails } from "./live.js";
import { section } from "./parts.js";

const PAGE = 100;
const TIMES = ["since", "until"];

/** Return the section as `{element, load}`. */
export function eventsSection(api, choices) {
  let query = {}, events = [], isWhole = false;
  const list = el("div", { class: "items" }), more = el("div", { class: "bar" });
  const error = errorLine();
  const update = keyedList(list, {
    key: (one) => one._id,
    render: (one) => row(one, choices),
    empty: () => (Object.keys(query).length ? "No event matches." : "No events yet. Fire one, or let your client fire one."),
  });

  const page = async (after) => (await api.get("events", { ...query, order: "newest", limit: PAGE, after })).events;

  /** Read the newest page; older ones that are shown stay, if the new one goes on with them. */
  async function load() {
    const wanted = query, fresh = await page();
    if (wanted !== query) return; // the filter was changed meanwhile
    const seam = fresh.findIndex((one) => one._id === events[0]?._id);
    const isNext = seam >= 0 && fresh.slice(seam).every((one, index) => one._id === events[index]?._id);
    if (isNext && events.length > PAGE) events = [...fresh.slice(0, seam), ...events];
    else {
      events = fresh;
      isWhole = fresh.length < PAGE;
    }
    show();
  }

  async function loadMore() {
    const wanted = query, older = await page(events.at(-1)._id);
    if (wanted !== query) return;
    events = [...events, ...older];
    isWhole = older.length < PAGE;
    show();
  }

  function show() {
    update(events);
    fill(more, !isWhole && button("Show more", loadMore),
      el("span", { class: "muted" }, counted(events.length, "event"), !isWhole && ", and older ones"));
  }

  const changed = debounced(async (form) => {
    try {
      query = queryOf(form);
      events = [];
      await load();
      error.show(null);
    } catch (problem) {
      error.show(problem);
    }
  }, 250);
  return { element: section("Events", null, filterBar(choices, changed), error, list, more), load };
}

function filterBar(choices, changed) {
  const field = (label, attributes) => filterField(label, el("input", { autocomplete: "off", ...attributes }));
  const form = filterForm(() => changed(form),
    field("Name", { name: "name", list: choices.ids.events, placeholder: "order.*" }),
    field("By", { name: "by", list: choices.ids.people }),
    field("Attributes", { name: "attributes", placeholder: '{"order": 7}', spellcheck: "false" }),
    field("Project", { name: "project", list: choices.ids.projects }),
    field("From (UTC)", { name: "since", type: "datetime-local", step: 1 }),
    field("To (UTC)", { name: "until", type: "datetime-local", step: 1 }));
  return form;
}

function queryOf(form) {
  const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
  for (const name of TIMES) if (values[name]) values[name] += "Z";
  if (values.attributes) {
    try {
      parseJson(values.attributes);
    } catch (error) {
      throw new Error(`Attributes: ${error.message}`);
    }
  }
  return values;
}

function row(one, choices) {
  const member = typeof one.project_user === "object" ? one.project_user : null;
  const head = el("span", { class: "bar headline" }, time(one.createdAt), el("strong", {}, one.name),
    el("span", { class: "mono wrap muted" }, short(one.attributes)),
    el("span", { class: "muted end" }, authorOf(one, member, choices)));
  return lazyDetails(head, () => el("div", { class: "body" }, jsonTree(one, 2)), { class: "item folding", "data-event": one._id });
}

function authorOf(one, member, choices) {
  const id = member?._id ?? one.project_user;
  const person = choices.people.find((each) => each.id === id || (each.role === "bot" && each.id_user === one.createdBy));
  return person ? `${person.role} ${person.email ?? ""}` : one.createdBy;
}

function short(attributes) {
  const text = attributes === undefined ? "" : JSON.stringify(attributes);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
