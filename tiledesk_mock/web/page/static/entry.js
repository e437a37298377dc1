// One entry of the timeline in full, with what is linked to it.

import { badge, button, copyButton, el, fill, pairs, time, toast } from "./dom.js";
import { describe, duration, personText, statusKind } from "./describe.js";
import { jsonTree } from "./json.js";
import { messageCard } from "./message.js";
import { causeHash, timelineHash } from "./timeline.js";

/** Show the entry whose id is the first part of the path in `root`. */
export function show(root, api, { path: [id] }) {
  const back = () => (location.hash = timelineHash());
  const onkey = (event) => {
    if (event.key !== "Escape" || event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    back();
  };
  document.addEventListener("keydown", onkey);
  load(root, api, id);
  return () => document.removeEventListener("keydown", onkey);
}

async function load(root, api, id) {
  try {
    const found = await api.get(api.path`timeline/${id}`);
    fill(root, head(api, found), body(found));
  } catch (error) {
    fill(root, backLink(), el("p", { class: "empty" }, error.status === 404
      ? "This entry has left the timeline, which keeps the last ones only (see the setting journal_size), or the emulator was started again."
      : `This entry cannot be shown: ${error.message}`));
  }
}

function backLink() {
  return el("a", { class: "back", href: timelineHash(), title: "Escape" }, "← Timeline");
}

function head(api, { entry, copies }) {
  const { label, what, status, statusKind: kind, badges = [] } = describe(entry);
  const copyButtons = Object.entries(COPIES).filter(([name]) => copies?.[name])
    .map(([name, title]) => copyButton(title, () => copies[name], { title: `Copy as ${title}` }));
  return el("div", { class: "head" }, backLink(),
    el("div", { class: "title" },
      el("h1", {}, el("span", { class: "label" }, label), " ", what, " "),
      status && badge(status === "none" ? "no response" : status, kind),
      badges.map(([text, kind, title]) => badge(text, kind, title))),
    copyButtons.length > 0 && el("div", { class: "bar" },
      el("span", { class: "muted" }, "Copy as"), el("div", { class: "group" }, copyButtons),
      button("Send again", () => sendAgain(api, entry.id), { class: "primary" })));
}

const COPIES = { curl: "curl", python: "Python", javascript: "JavaScript" };

async function sendAgain(api, id) {
  const { entry } = await api.post(api.path`timeline/${id}/resend`);
  toast("Sent again: this is the new entry");
  location.hash = `#/timeline/${encodeURIComponent(entry)}`;
}

function body(found) {
  return [
    found.entry.reason && el("p", { class: "banner bad" }, el("strong", {}, "Why: "), found.entry.reason),
    found.entry.error && el("p", { class: "banner bad" }, el("strong", {}, "Error: "), found.entry.error),
    facts(found.entry),
    driftCards(found.drifts),
    linked(found.entry, found.linked ?? []),
    (DETAILS[found.entry.kind] ?? (() => null))(found),
  ];
}

function facts(entry) {
  const by = typeof entry.by === "string" ? entry.by : personText(entry.by);
  const list = [
    ["Time", time(entry.time)],
    ["Took", duration(entry.milliseconds)],
    ["Person", personText(entry.person)],
    ["By", by],
    ["Event", entry.kind === "request" ? entry.event : null],
    ["Project", entry.id_project],
    ["Target", entry.kind === "attempt" ? entry.target : null],
    ["Fault", entry.fault],
    ["Id", el("code", {}, entry.id)],
  ];
  return el("dl", { class: "facts" }, list.filter(([, value]) => value)
    .map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
}

function driftCards(drifts) {
  return (drifts ?? []).filter((drift) => drift?.documented).map((drift) => el("section", { class: "card drift" },
    el("h2", {}, `Drift ${drift.id}`),
    pairs([["Documented", drift.documented], ["Server", drift.server], ["Source", drift.source]])));
}

function linked(entry, others) {
  if (!others.length) return null;
  return el("section", { class: "card linked" },
    el("h2", {}, "Linked ", el("a", { href: causeHash(entry.cause) }, "show in the timeline")),
    el("ul", {}, others.map((other) => {
      const { label, what, more, status, badges = [] } = describe(other);
      return el("li", {}, el("a", { href: `#/timeline/${encodeURIComponent(other.id)}` },
        el("span", { class: "label" }, label), el("span", { class: "what" }, what)),
      more && el("span", { class: "muted more" }, more), status && badge(status, statusKind(other.status)),
      badges.map(([text, kind]) => badge(text, kind)));
    })));
}

const DETAILS = {
  request: ({ exchange }) => el("div", { class: "columns" },
    messageCard("Request", exchange.request),
    exchange.response ? messageCard("Response", exchange.response) : el("section", { class: "card" },
      el("h2", {}, "Response"), el("p", { class: "muted" }, "None: the connection was closed without one."))),
  event: ({ event }) => jsonCard("Event", event),
  attempt: ({ delivery }) => deliveryCards(delivery),
  frame: ({ frame }) => jsonCard("Frame", frame),
};

function jsonCard(title, value) {
  return value === undefined ? null : el("section", { class: "card" },
    el("div", { class: "bar" }, el("h2", {}, title), copyButton("Copy", () => JSON.stringify(value, null, 2), { class: "quiet end" })),
    jsonTree(value));
}

function deliveryCards(delivery) {
  if (!delivery) return null;
  const { request, ...rest } = delivery;
  const headers = request && Object.entries(request.headers);
  return el("div", { class: "columns" }, jsonCard("Delivery", rest),
    request && messageCard("Request", { headers, body: { json: request.body } }));
}
