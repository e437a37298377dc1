// The deliveries of webhooks, newest first, each with its attempts and what was sent.

import { DELIVERY_STATES, duration } from "./describe.js";
import { badge, button, debounced, el, fill, pairs, time, toast } from "./dom.js";
import { filterField, filterForm, form } from "./forms.js";
import { jsonTree } from "./json.js";
import { keyedList, lazyDetails } from "./live.js";
import { foldedForm, section, statusBadge } from "./parts.js";

const PAGE = 50;

/** Return the section as `{element, load, onchange}`; `onchange()` is called after what the section does. */
export function deliveriesSection(api, choices) {
  const own = { onchange: () => {} };
  const query = { order: "newest", limit: PAGE };
  const list = el("div", { class: "items" }), hints = el("ul", { class: "hints" }), more = el("div", { class: "bar" });
  const update = keyedList(list, { key: (one) => one.id, render: (one) => delivery(one, api, () => own.onchange()) });

  async function load() {
    const wanted = JSON.stringify(query);
    const { deliveries } = await api.get("deliveries", query);
    if (wanted !== JSON.stringify(query)) return; // the filter was changed meanwhile
    update(deliveries);
    fill(more, deliveries.length === query.limit && button("Show more", () => {
      query.limit += PAGE;
      return load();
    }));
    if (deliveries.length) fill(hints);
    else await explain();
  }

  async function explain() {
    const { event, target } = query;
    const found = await api.get("deliveries/hints", target ? { target } : { event });
    fill(hints, found.hints.map((hint) => el("li", {}, hint)));
    fill(list, el("p", { class: "empty" }, query.event || query.target || query.state ? "No delivery matches. Why nothing came:" : "No deliveries. Why nothing came:"));
  }

  const drain = button("Drain", async () => {
    const { drained, under_way } = await api.post("deliveries/drain", { timeout: 10 });
    toast(drained ? "no delivery is under way" : `${under_way} still under way`, drained ? "info" : "bad");
    await own.onchange();
  }, { title: "Make all retries at once, and wait until no delivery is under way" });
  const filter = filterBar(query, choices, load);
  return Object.assign(own, { element: section("Deliveries", drain, filter, list, hints, more), load });
}

function filterBar(query, choices, load) {
  const changed = debounced((event) => {
    query[event.target.name] = event.target.value.trim() || null;
    query.limit = PAGE;
    load().catch((error) => toast(error.message, "bad"));
  }, 250);
  return filterForm(changed,
    filterField("Event", el("input", { name: "event", list: choices.ids.events, autocomplete: "off" })),
    filterField("Target", el("input", { name: "target", placeholder: "begins with", autocomplete: "off" })),
    filterField("State", el("select", { name: "state" },
      el("option", { value: "" }, "any"), Object.keys(DELIVERY_STATES).map((name) => el("option", { value: name }, name)))));
}

function delivery(one, api, changed) {
  let latest = one;
  const head = el("span", { class: "bar headline" }), attempts = el("div");
  const details = lazyDetails(head, () => el("div", { class: "body" }, attempts, sent(latest), actions(latest, api, changed)),
    { class: "item folding", "data-delivery": one.id });
  details.update = (changedOne) => {
    latest = changedOne;
    fill(head, headOf(latest));
    fill(attempts, attemptsOf(latest));
    // What is sent is known with the first attempt.
    if (details.content && latest.request && !details.content.querySelector(".sent")) attempts.after(sent(latest));
  };
  details.update(one);
  return details;
}

function headOf(one) {
  const last = one.attempts.at(-1);
  return [time(one.fired_at), badge(one.state, DELIVERY_STATES[one.state]), el("strong", {}, one.event.name ?? "no name"),
    el("span", { class: "mono target" }, one.target), last && statusBadge(last.status),
    one.attempts.length > 1 && el("span", { class: "muted" }, `${one.attempts.length} attempts`),
    one.resends && el("span", { class: "muted" }, `resends #${one.resends}`),
    one.drifts.map((drift) => badge(drift, "warn", "drift"))];
}

function attemptsOf(one) {
  return [
    one.reason && el("p", { class: "error" }, one.reason),
    one.attempts.length
      ? el("ol", { class: "attempts", "aria-label": `Attempts of delivery ${one.id}` }, one.attempts.map(attempt))
      : el("p", { class: "muted" }, "Not sent yet."),
  ];
}

function attempt({ at, status, error, milliseconds, next_at }) {
  return el("li", {}, el("span", { class: "bar headline" }, time(at), error ? el("span", { class: "error wrap" }, error) : statusBadge(status),
    el("span", { class: "muted" }, duration(milliseconds)), next_at && el("span", { class: "muted" }, "next attempt ", time(next_at))));
}

function sent(one) {
  const facts = pairs([["Delivery", `#${one.id}`], ["Subscription", one.subscription?.event ?? (one.bot && `the bot ${one.bot.name}`)], ["Event", one.event._id]]);
  if (!one.request) return el("div", {}, facts);
  return el("div", { class: "sent" }, facts, el("h3", {}, "Headers"),
    el("pre", {}, Object.entries(one.request.headers).map(([name, value]) => `${name}: ${value}\n`)),
    el("h3", {}, "Body"), jsonTree(one.request.body, 2));
}

function actions(one, api, changed) {
  const resend = async (body) => {
    const repeat = await api.post(api.path`deliveries/${one.id}/resend`, body);
    toast(`sent again as #${repeat.id}`);
    await changed();
  };
  const elsewhere = form([{ name: "target", label: "Target", type: "url", required: true, placeholder: "http://127.0.0.1:9000/hook" }],
    { submit: "Resend there", onsubmit: resend });
  return el("div", { class: "actions" }, button("Resend", () => resend({})), foldedForm("Resend to another address", elsewhere));
}
