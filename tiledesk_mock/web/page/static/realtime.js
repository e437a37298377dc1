// Realtime: who is connected to what, which topics were refused, and the last frames.

import { badge, button, counted, el, fill, toast } from "./dom.js";
import { jsonTree } from "./json.js";
import { keyedList, lazyDetails, live } from "./live.js";
import { heading, section } from "./parts.js";

const SHOWN = 100;
const CODES = [["", "no close frame"], ["1000", "1000 normal"], ["1001", "1001 going away"], ["1008", "1008 policy"], ["1011", "1011 error"], ["4000", "4000 own"]];

/** Show the view in `root`. */
export function show(root, api) {
  const connections = el("div", { class: "items" }), refused = el("div", { class: "items" }), frames = el("div", { class: "items" });
  const showConnections = keyedList(connections, {
    key: (one) => one.id,
    render: (one) => connection(one, api, () => all.refresh()),
    empty: () => "No WebSocket is open.",
  });
  const showFrames = keyedList(frames, {
    key: (one) => one.key,
    render: frame,
    empty: () => "No frames yet.",
  });
  const showRefused = keyedList(refused, { key: (one) => one.key, render: refusal, empty: () => "No topic was refused." });
  root.append(heading("Realtime"), el("div", { class: "split" },
    section("Last frames", null, frames),
    el("div", { class: "aside" }, section("Connections", null, connections), section("Refused topics", null, refused))));
  const all = live(async () => {
    const state = await api.get("realtime", { limit: SHOWN });
    showConnections(state.connections);
    showFrames(numbered(state.frames).reverse());
    showRefused(numbered(state.refused).reverse());
  }, ["frame", "request"], { poll: 2000 }); // connections and subscriptions have no entries
  return all.end;
}

function connection(one, api, refresh) {
  const sent = el("span", { class: "muted" }), topics = el("ul", { class: "topics" });
  const code = el("select", { "aria-label": `How ${one.person} is disconnected` }, CODES.map(([value, label]) => el("option", { value }, label)));
  const close = button("Disconnect", async () => {
    await api.del(api.path`realtime/connections/${one.id}`, { code: code.value });
    toast(`${one.person} is disconnected`);
    await refresh();
  }, { class: "danger" });
  const element = el("div", { class: "item", "data-connection": one.id },
    el("div", { class: "bar" }, el("strong", { class: "wrap" }, one.person), sent),
    topics, el("div", { class: "bar" }, el("div", { class: "bar end" }, code, close)));
  element.update = (changed) => {
    fill(sent, `${counted(changed.sent, "frame")} sent`);
    fill(topics, changed.topics.length ? changed.topics.map((topic) => el("li", { class: "mono wrap" }, topic)) : el("li", { class: "muted" }, "no topics"));
  };
  element.update(one);
  return element;
}

/** Frames and refusals have no number: equal ones are distinguished by their order. */
function numbered(frames) {
  const seen = new Map();
  return frames.map((one) => {
    const text = JSON.stringify(one), count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return { ...one, key: `${count} ${text}` };
  });
}

function frame(one) {
  const head = el("span", { class: "bar headline" },
    badge(one.live ? one.method ?? "publish" : "first", one.live ? "good" : "info", one.live ? "published to subscribers" : "what a new subscriber gets first"),
    el("span", { class: "mono wrap" }, one.topic), el("span", { class: "muted" }, summary(one.message)),
    el("span", { class: "muted" }, `to ${one.to.join(", ") || "no client"}`), one.by && el("span", { class: "muted" }, `by ${one.by}`));
  return lazyDetails(head, () => el("div", { class: "body" }, "message" in one ? jsonTree(one.message, 2) : el("p", { class: "muted" }, "no message")), { class: "item folding" });
}

function summary(message) {
  if (Array.isArray(message)) return `${message.length} of the history`;
  return message?.name ?? message?.text ?? message?.first_text ?? "";
}

function refusal({ person, topic, reason }) {
  return el("div", { class: "item" }, el("strong", { class: "wrap" }, person), el("span", { class: "mono wrap" }, topic), el("span", { class: "muted wrap" }, reason));
}
