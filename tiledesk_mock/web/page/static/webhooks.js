// Webhooks: deliveries with their attempts, subscriptions, targets that fail.

import { deliveriesSection } from "./deliveries.js";
import { badge, button, copyButton, el, toast } from "./dom.js";
import { form } from "./forms.js";
import { keyedList, live } from "./live.js";
import { Choices, foldedForm, heading, section } from "./parts.js";

/** Show the view in `root`. */
export function show(root, api) {
  const choices = new Choices();
  const deliveries = deliveriesSection(api, choices);
  const subscriptions = subscriptionsSection(api, choices, () => all.refresh());
  const failures = failuresSection(api, () => all.refresh());
  root.append(heading("Webhooks"), el("div", { class: "split" }, deliveries.element,
    el("div", { class: "aside" }, subscriptions.element, failures.element)), choices.element);
  const all = live(async () => {
    await choices.load(api);
    await Promise.all([deliveries.load(), subscriptions.load(), failures.load()]);
  }, ["attempt", "event", "request"], { poll: 5000 }); // what tests subscribe has no entry
  deliveries.onchange = all.refresh;
  return all.end;
}

function subscriptionsSection(api, choices, refresh) {
  const list = el("div", { class: "items" });
  const update = keyedList(list, {
    key: (one) => one._id,
    render: (one) => subscription(one, api, choices, refresh),
    empty: () => "No subscriptions.",
  });
  const add = form([
    { name: "event", label: "Event", required: true, list: choices.ids.subscribable, value: "event.emit" },
    { name: "target", label: "Target", type: "url", required: true, placeholder: "http://127.0.0.1:9000/hook" },
    { name: "project", label: "Project", list: choices.ids.projects, placeholder: "the first" },
    { name: "is_global", label: "Global", type: "checkbox", hint: "the events of all projects" },
  ], { submit: "Subscribe", reset: true, onsubmit: async (values) => {
    await api.post("subscriptions", values);
    toast("subscribed");
    await refresh();
  } });
  return {
    element: section("Subscriptions", null, list, foldedForm("Add a subscription", add)),
    load: async () => update((await api.get("subscriptions")).subscriptions),
  };
}

function subscription(one, api, choices, refresh) {
  const remove = button("Remove", async () => {
    await api.del(api.path`subscriptions/${one._id}`);
    toast("unsubscribed");
    await refresh();
  }, { class: "danger", "aria-label": `Remove the subscription to ${one.event}` });
  return el("div", { class: "item", "data-subscription": one._id },
    el("div", { class: "bar" }, el("strong", {}, one.event ?? "no event"), one.global && badge("global", "info", "It gets the events of all projects")),
    el("div", { class: "mono wrap" }, one.target ?? "no target"),
    el("div", { class: "bar" }, el("span", { class: "muted" }, choices.projectName(one.id_project)),
      el("div", { class: "bar end" },
        one.secret && copyButton("Copy secret", () => one.secret),
        one.token_secret && copyButton("Copy token secret", () => one.token_secret),
        remove)));
}

function failuresSection(api, refresh) {
  const list = el("div", { class: "items" });
  const update = keyedList(list, {
    key: (one) => one.id,
    render: (one) => el("div", { class: "item bar" },
      badge(one.error ?? `responds with ${one.status}`, "bad"),
      el("span", { class: "mono wrap" }, one.target ?? "every target"),
      one.left != null && el("span", { class: "muted" }, `${one.left} more`),
      el("div", { class: "bar end" }, button("Recover", async () => {
        await api.del(api.path`deliveries/failures/${one.id}`);
        await refresh();
      }, { "aria-label": `Let ${one.target ?? "every target"} recover` }))),
    empty: () => "No target fails on purpose.",
  });
  const add = form([
    { name: "target", label: "Target", type: "url", placeholder: "every target", hint: "The URL as subscribed" },
    { name: "error", label: "Error", type: "select", options: [["", "none: a response"], "timeout", "refused", "reset"] },
    { name: "status", label: "Status", type: "number", placeholder: "503" },
    { name: "count", label: "Attempts", type: "number", placeholder: "until it recovers" },
  ], { submit: "Let it fail", reset: true, onsubmit: async (values) => {
    await api.post("deliveries/failures", values);
    await refresh();
  } });
  return {
    element: section("Failing targets", null, list, foldedForm("Let a target fail", add)),
    load: async () => update((await api.get("deliveries/failures")).failures),
  };
}
