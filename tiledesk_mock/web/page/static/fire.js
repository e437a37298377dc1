// Forms that fire events: custom ones, and the platform's own.

import { el, fill, toast } from "./dom.js";
import { form } from "./forms.js";
import { jsonTree } from "./json.js";
import { labelled, platformEvents, section, tableField, tableValues } from "./parts.js";

/** Return the sections with the forms; `fired()` is called after each event. */
export function fireSections(api, choices, fired) {
  return [section("Fire an event", null, customForm(api, choices, fired)), section("Platform event", null, platformForm(api, choices, fired))];
}

function customForm(api, choices, fired) {
  return form([
    { name: "name", label: "Name", required: true, list: choices.ids.events, placeholder: "order.paid" },
    { name: "attributes", label: "Attributes", type: "json", rows: 5, placeholder: '{"order": 7}' },
    { name: "by", label: "By", list: choices.ids.people, placeholder: "owner" },
    { name: "project", label: "Project", list: choices.ids.projects, placeholder: "the first of the person" },
  ], { submit: "Fire", onsubmit: async (values) => {
    const event = await api.post("events", values);
    toast(`${event.name} is fired`);
    await fired();
  } });
}

function platformForm(api, choices, fired) {
  const fields = el("div"), payload = el("div", { class: "payload" });
  const select = el("select", { id: "platform-event", onchange: () => build().catch((error) => toast(error.message, "bad")) });
  const description = el("p", { class: "muted hint" });

  async function start() {
    const rows = await platformEvents(api);
    fill(select, rows.map((row) => el("option", { value: row.name }, row.name)));
    await build();
  }

  async function build() {
    const row = (await platformEvents(api)).find((one) => one.name === select.value);
    description.textContent = `${row.description}.${row.global ? " Only global subscriptions get it." : ""}`;
    fill(fields, eventForm(row));
    fill(payload);
  }

  function eventForm(row) {
    const isPattern = row.name.endsWith("NAME");
    const channel = isPattern ? [{ name: " channel", label: "NAME", required: true, value: "chat21", hint: "The name of the channel" }] : [];
    const where = { name: " project", label: "Project", list: choices.ids.projects, placeholder: "the first" };
    return form([...channel, ...row.fields.map((one) => tableField(one, choices)), where], { submit: "Send", onsubmit: async (values) => {
      const { " channel": name, " project": project, ...given } = values;
      const body = { name: isPattern ? row.name.replace(/NAME$/, name) : row.name, fields: tableValues(row.fields, given), project };
      const sent = await api.post("standard-events", body);
      toast(`${body.name} is sent`);
      fill(payload, el("h3", {}, "Payload"), jsonTree(sent, 1));
      await fired();
    } });
  }

  start().catch((error) => toast(error.message, "bad"));
  return el("div", {}, labelled("Event", select), description, fields, payload);
}
