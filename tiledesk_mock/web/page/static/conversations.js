// Conversations: their list, and one of them with its messages, which goes on step by step.

import { conversationSection } from "./conversation.js";
import { badge, el, time } from "./dom.js";
import { form } from "./forms.js";
import { keyedList, live } from "./live.js";
import { Choices, foldedForm, heading, section, tableField, tableValues } from "./parts.js";

const MOST = 200;
const STATES = { 100: ["unassigned", "warn"], 150: ["abandoned", "bad"], 200: ["assigned", "good"], 1000: ["closed", "info"] };

/** Return the badge of a conversation's status. */
export function stateBadge(status) {
  const [name, kind] = STATES[status] ?? [`status ${status}`, "info"];
  return badge(name, kind, `status ${status}`);
}

/** Show the view in `root`; the path is the request_id of the conversation that is shown. */
export function show(root, api, { path }) {
  const [id] = path;
  const choices = new Choices();
  const list = el("div", { class: "items" }), opening = el("div");
  const update = keyedList(list, { key: (one) => one.request_id, render: (one) => link(one, id), empty: () => "No conversations." });
  const one = id === undefined ? null : conversationSection(api, choices, id, () => all.refresh());
  root.append(heading("Conversations"), el("div", { class: "split list-first" },
    el("div", { class: "aside" }, section("Conversations", null, opening, list)),
    one ? one.element : el("p", { class: "empty" }, "Open a conversation, or choose one of the list.")), choices.element);
  openingForm(api, choices).then((element) => opening.append(foldedForm("Open a conversation", element)), () => {});
  const all = live(async () => {
    await choices.load(api, { conversations: true });
    const { conversations } = await api.get("conversations");
    update(conversations.slice(-MOST).reverse().map(summary));
    await one?.load();
  }, ["event", "attempt", "frame", "request"], { poll: 3000 }); // a step without subscribers has no entry
  return all.end;
}

/** Return what the list shows, so that other changes draw nothing anew. */
function summary({ request_id, first_text, status, createdAt, participants }) {
  return { request_id, first_text, status, createdAt, count: participants.length };
}

function link(one, shown) {
  return el("a", { class: "item link", href: `#/conversations/${encodeURIComponent(one.request_id)}`, "aria-current": one.request_id === shown && "true" },
    el("span", { class: "bar headline" }, time(one.createdAt), stateBadge(one.status), el("strong", { class: "wrap" }, one.first_text || "no text")),
    el("span", { class: "mono muted wrap" }, one.request_id));
}

async function openingForm(api, choices) {
  const { steps } = await api.get("conversation-steps");
  const { fields } = steps.find((one) => one.name === "open");
  const [usual, rare] = [fields.filter((one) => ["text", "by", "department", "project"].includes(one.name)), fields];
  const rows = [...usual, ...rare.filter((one) => !usual.includes(one))];
  return form(rows.map((row) => tableField(row, choices)), { submit: "Open", onsubmit: async (values) => {
    const { request_id } = await api.post("conversations", tableValues(rows, values));
    location.hash = `#/conversations/${encodeURIComponent(request_id)}`;
  } });
}
