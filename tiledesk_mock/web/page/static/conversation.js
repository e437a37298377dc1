// One conversation: its facts, its messages, and the forms of its steps.

import { badge, el, fill, pairs, time, toast } from "./dom.js";
import { stateBadge } from "./conversations.js";
import { errorLine, form } from "./forms.js";
import { jsonTree } from "./json.js";
import { keyedList, lazyDetails } from "./live.js";
import { labelled, section, tableField, tableValues } from "./parts.js";

/** Return the section of a conversation as `{element, load}`; `changed()` is called after each step. */
export function conversationSection(api, choices, id, changed) {
  const facts = el("div"), messages = el("ol", { class: "thread", "aria-label": "Messages" }), sent = el("ol", { class: "steps" });
  const error = errorLine();
  let shownFacts = "";
  const showMessages = keyedList(messages, {
    key: (one) => one._id,
    render: (one) => message(one, choices),
    empty: () => "No messages.",
  });

  async function load() {
    try {
      const found = await api.get(api.path`conversations/${id}`);
      error.show(null);
      const text = JSON.stringify([found.request, found.lead]);
      if (text !== shownFacts) fill(facts, factsOf(found, choices));
      shownFacts = text;
      showMessages(found.messages);
    } catch (problem) {
      error.show(problem);
    }
  }

  async function perform(step, values) {
    const result = await api.post(api.path`conversations/${id}/${step}`, values);
    sent.prepend(el("li", {}, el("strong", {}, step), result.sent.length ? " sent " : " sent nothing", result.sent.map((name) => [badge(name), " "])));
    toast(`${step} is done`);
    await changed();
  }

  const element = el("div", {}, section("Conversation", null, error, facts), section("Messages", null, messages, sayForm(choices, perform)),
    section("Next step", null, stepForms(api, choices, perform), sent));
  return { element, load };
}

function factsOf({ request, lead }, choices) {
  const named = (ids) => ids.map((id) => nameOf(id, choices)).join(", ");
  return [
    el("div", { class: "bar headline" }, stateBadge(request.status), el("strong", { class: "wrap" }, request.subject || request.first_text || "no text")),
    pairs([
      ["request_id", el("code", {}, request.request_id)],
      ["Department", request.department?.name],
      ["Participants", named(request.participants)],
      ["Followers", named(request.followers ?? [])],
      ["Lead", lead && [lead.fullname, lead.email].filter(Boolean).join(", ")],
      ["Tags", request.tags.map((one) => one.tag ?? String(one)).join(", ")],
      ["Notes", request.notes.map((one) => one.text ?? JSON.stringify(one)).join("; ")],
      ["Rating", request.rating && `${request.rating} ${request.rating_message ?? ""}`],
      ["Opened", time(request.createdAt)],
      ["Closed", request.closed_at && time(request.closed_at)],
    ]),
    lazyDetails("Request", () => jsonTree(request, 1), { class: "folded" }),
    lead && lazyDetails("Lead", () => jsonTree(lead, 1), { class: "folded" }),
  ];
}

function nameOf(id, choices) {
  const person = choices.people.find((one) => one.id_user === id || one.id === id || `bot_${one.id}` === id);
  return person ? person.email ?? `${person.role} ${id}` : id;
}

function message(one, choices) {
  const isInfo = one.attributes?.subtype?.startsWith("info");
  return el("li", { class: isInfo ? "said info" : "said" },
    el("div", { class: "bar" }, time(one.createdAt), el("strong", { class: "wrap" }, one.senderFullname?.trim() || one.sender), el("span", { class: "muted wrap" }, nameOf(one.sender, choices)),
      one.type !== "text" && badge(one.type), one.channel?.name !== "chat21" && badge(one.channel?.name ?? "no channel")),
    el("p", { class: "text" }, one.text),
    lazyDetails("Message", () => jsonTree(one, 1), { class: "folded" }));
}

function sayForm(choices, perform) {
  return form([
    { name: "text", label: "Say", required: true },
    { name: "by", label: "By", list: choices.ids.people, placeholder: "who opened it" },
  ], { submit: "Say", reset: true, onsubmit: (values) => perform("say", values) });
}

function stepForms(api, choices, perform) {
  const fields = el("div");
  const select = el("select", { id: "step" });
  let steps = [];
  const build = () => {
    const { name, fields: rows } = steps.find((one) => one.name === select.value);
    fill(fields, form(rows.map((row) => tableField(row, choices)), { submit: name, reset: true, onsubmit: (values) => perform(name, tableValues(rows, values)) }));
  };
  select.addEventListener("change", build);
  api.get("conversation-steps").then((found) => {
    steps = found.steps.filter((one) => one.name !== "open");
    fill(select, steps.map((one) => el("option", { value: one.name }, one.name)));
    select.value = "join";
    build();
  }, (error) => toast(error.message, "bad"));
  return el("div", {}, labelled("Step", select), fields);
}
