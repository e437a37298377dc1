// Stubs: responses to routes that are not emulated, with their hits.

import { badge, button, counted, el } from "./dom.js";
import { form } from "./forms.js";
import { jsonOrText } from "./json_text.js";
import { keyedList } from "./live.js";
import { METHODS, foldedForm, section, statusBadge } from "./parts.js";

/** Return the section as `{element, load}`. */
export function stubsSection(api, changed) {
  const list = el("div", { class: "items" });
  const update = keyedList(list, { key: (one) => one.id, render: (one) => stub(one, api, changed), empty: () => "No stubs." });
  const add = form([
    { name: "method", label: "Method", type: "select", options: METHODS },
    { name: "path", label: "Path", required: true, placeholder: "/leads" },
    { name: "response", label: "Response", type: "textarea", rows: 3, placeholder: '{"leads": []}', hint: "JSON or text" },
    { name: "status", label: "Status", type: "number", placeholder: "200" },
    { name: "headers", label: "Headers", type: "json", rows: 2, placeholder: '{"X-Total": "0"}' },
  ], { submit: "Add the stub", reset: true, onsubmit: async ({ method = null, response, ...others }) => {
    const rule = { method, ...others };
    await api.post("stubs", response === undefined ? rule : { ...rule, response: jsonOrText(response) });
    await changed();
  } });
  return {
    element: section("Stubs", null, list, foldedForm("Add a stub", add)),
    load: async () => update((await api.get("stubs")).stubs),
  };
}

function stub(one, api, changed) {
  const path = typeof one.path === "string" ? one.path : JSON.stringify(one.path);
  return el("div", { class: "item", "data-stub": one.id },
    el("div", { class: "bar" }, badge(one.method ?? "any"), el("span", { class: "mono wrap" }, path), statusBadge(one.status ?? 200)),
    one.hides?.length > 0 && el("div", { class: "error" }, `It hides emulated routes: ${one.hides.join(", ")}`),
    el("div", { class: "bar" }, el("span", { class: "muted" }, `${one.id}: ${counted(one.hits, "hit")}`),
      el("div", { class: "bar end" }, button("Remove", async () => {
        await api.del(api.path`stubs/${one.id}`);
        await changed();
      }, { class: "danger", "aria-label": `Remove ${one.id}` }))));
}
