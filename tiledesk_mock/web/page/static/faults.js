// Faults: rules that are in force with their hits, and a form for each kind.

import { badge, button, counted, el, fill } from "./dom.js";
import { form } from "./forms.js";
import { jsonOrText } from "./json_text.js";
import { keyedList } from "./live.js";
import { METHODS, labelled, section } from "./parts.js";

const JSON_OR_TEXT = { name: "body", label: "Body", type: "textarea", rows: 2, hint: "JSON or text; by default Tiledesk's own" };

/** What a fault can do. A field without a `name` of the rule is the kind itself. */
const KINDS = {
  status: { label: "Respond with a status", fields: [{ name: "status", label: "Status", type: "number", value: 503, required: true }, JSON_OR_TEXT, { name: "headers", label: "Headers", type: "json", rows: 2, placeholder: '{"Retry-After": "5"}' }] },
  latency: { label: "Respond late", fields: [{ name: "latency", label: "Seconds", type: "number", value: 2, required: true }] },
  hang: { label: "Never respond", fixed: { hang: true }, fields: [] },
  drop: { label: "Reset the connection", fields: [{ name: "drop", label: "When", type: "select", options: [["request", "before the request has an effect"], ["response", "after its effect, without a response"], ["midway", "midway through the response"]] }] },
  drip: { label: "Send the body slowly", fields: [{ name: "drip", label: "Bytes per second", type: "number", value: 20, required: true }] },
  truncate: { label: "Cut the body off", fixed: { truncate: true }, fields: [{ name: "truncate", label: "Bytes kept", type: "number", placeholder: "half of them" }] },
  garble: { label: "Send wrong bytes", fixed: { garble: true }, fields: [] },
};

/** Which requests a fault is for. */
const WHEN = [
  { name: "method", type: "select", options: METHODS, label: "Method" },
  { name: "path", label: "Path", placeholder: "/events, /auth/*" },
  { name: "person", label: "Person" },
  { name: "name", label: "Event name" },
  { name: "count", label: "Most hits", type: "number", placeholder: "no limit" },
  { name: "after", label: "After requests", type: "number", placeholder: "0" },
  { name: "nth", label: "Only the nth", type: "number" },
  { name: "probability", label: "Probability", type: "number", placeholder: "1" },
];
const EFFECTS = new Set([...Object.keys(KINDS), "body", "headers"]);

/** Return the section as `{element, load}`. */
export function faultsSection(api, choices, changed) {
  const list = el("div", { class: "items" }), fields = el("div");
  const update = keyedList(list, { key: (one) => one.id, render: (one) => rule(one, api, changed), empty: () => "No faults are in force." });
  const clear = button("Remove all", async () => {
    await api.del("faults");
    await changed();
  }, { class: "danger" });
  const select = el("select", { id: "fault-kind", onchange: build }, Object.entries(KINDS).map(([name, { label }]) => el("option", { value: name }, label)));

  function build() {
    const { fixed, fields: own } = KINDS[select.value];
    const when = WHEN.map((one) => ({ ...one, list: { person: choices.ids.people, name: choices.ids.events }[one.name] }));
    fill(fields, form([...own, ...when], { submit: "Add the fault", onsubmit: async (values) => {
      const body = values.body === undefined ? {} : { body: jsonOrText(values.body) };
      await api.post("faults", { ...fixed, ...values, ...body });
      await changed();
    } }));
  }

  build();
  return {
    element: section("Faults", clear, list, labelled("Fault", select), fields),
    load: async () => update((await api.get("faults")).faults),
  };
}

function rule(one, api, changed) {
  const { id, seen, hits, ...fields } = one;
  const split = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  return el("div", { class: "item", "data-fault": id },
    el("div", { class: "bar" }, split.filter(([name]) => EFFECTS.has(name)).map(([name, value]) => badge(`${name} ${value}`, "bad")),
      split.filter(([name]) => !EFFECTS.has(name)).map(([name, value]) => el("span", { class: "mono wrap" }, `${name} ${value}`))),
    el("div", { class: "bar" }, el("span", { class: "muted" }, `${id}: ${counted(hits, "hit")} of ${counted(seen, "request")}`),
      el("div", { class: "bar end" }, button("Remove", async () => {
        await api.del(api.path`faults/${id}`);
        await changed();
      }, { class: "danger", "aria-label": `Remove ${id}` }))));
}
