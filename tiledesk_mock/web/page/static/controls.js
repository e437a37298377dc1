// Controls: clock, faults, stored data, drifts, mode and settings.

import { clockSection } from "./clock.js";
import { badge, counted, el, fill, pairs } from "./dom.js";
import { faultsSection } from "./faults.js";
import { jsonTree } from "./json.js";
import { keyedList, lazyDetails, live } from "./live.js";
import { Choices, heading, section } from "./parts.js";
import { storedSections } from "./stored.js";
import { stubsSection } from "./stubs.js";

/** Show the view in `root`. */
export function show(root, api) {
  const choices = new Choices();
  const refresh = () => all.refresh();
  const parts = [clockSection(api, refresh), faultsSection(api, choices, refresh), storedSections(api, refresh), stubsSection(api, refresh), aboutSection(api), driftsSection(api)];
  const [clock, faults, stored, stubs, about, drifts] = parts;
  root.append(heading("Controls"), el("div", { class: "columns" },
    el("div", {}, clock.element, stored.elements), el("div", {}, faults.element, stubs.element, about.element)), drifts.element, choices.element);
  const all = live(async () => {
    await choices.load(api);
    await Promise.all(parts.map((one) => one.load()));
  }, ["request"], { poll: 5000 }); // what tests and other tabs do here has no entry
  return () => {
    clock.end();
    all.end();
  };
}

function aboutSection(api) {
  const facts = el("div"), settings = el("div");
  let shown = "";

  async function load() {
    const [version, mode, found] = await Promise.all([api.get("version"), api.get("mode"), api.get("settings")]);
    const text = JSON.stringify([version, mode, found]);
    if (text === shown) return;
    shown = text;
    const { mode: name, ...progress } = mode;
    fill(facts, pairs([
      ["Version", version.version],
      ["Stands in for", `tiledesk-server ${version.server}`],
      ["Dialect", version.dialect],
      ["Mode", name],
      ["Rate limit", found.rate_limit ? `${found.rate_limit[0]} requests in ${found.rate_limit[1]} s` : "none"],
    ]), Object.keys(progress).length ? jsonTree(progress, 1) : null);
    fill(settings, lazyDetails("Settings", () => jsonTree(found, 1), { class: "folded" }));
  }

  return { element: section("Emulator", null, facts, settings), load };
}

function driftsSection(api) {
  const list = el("div", { class: "items drifts" });
  const update = keyedList(list, { key: (one) => one.id, render: drift });
  return {
    element: section("Drifts: where the documentation and the real server differ", null, list),
    load: async () => update((await api.get("drifts")).drifts.sort((a, b) => depending(b) - depending(a))),
  };
}

function drift(one) {
  const count = depending(one);
  return el("div", { class: "item", "data-drift": one.id },
    el("div", { class: "bar" }, el("code", { class: "wrap" }, one.id), count > 0 && badge(counted(count, "request"), "warn", "that depended on it")),
    el("div", {}, el("span", { class: "muted" }, "Documented "), one.documented),
    el("div", {}, el("span", { class: "muted" }, "Real server "), one.server));
}

/** Return how many requests depended on a drift, or asked for what the server ignores. */
function depending(one) {
  return one.count + (one.ignored ?? 0);
}
