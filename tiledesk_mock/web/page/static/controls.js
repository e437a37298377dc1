// Controls: clock, faults, stored data, drifts, mode and settings.

import { clockSection } from "./clock.js";
import { el, fill, pairs, table } from "./dom.js";
import { faultsSection } from "./faults.js";
import { jsonTree } from "./json.js";
import { live, lazyDetails } from "./live.js";
import { Choices, heading, section } from "./parts.js";
import { storedSections } from "./stored.js";

/** Show the view in `root`. */
export function show(root, api) {
  const choices = new Choices(root);
  const refresh = () => all.refresh();
  const parts = [clockSection(api, refresh), faultsSection(api, choices, refresh), storedSections(api, refresh), aboutSection(api), driftsSection(api)];
  const [clock, faults, stored, about, drifts] = parts;
  root.append(heading("Controls"), el("div", { class: "columns" },
    el("div", {}, clock.element, stored.elements), el("div", {}, faults.element, about.element)), drifts.element);
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
  const list = el("div");
  let shown = "";

  async function load() {
    const { drifts } = await api.get("drifts");
    const text = JSON.stringify(drifts);
    if (text === shown) return;
    shown = text;
    fill(list, table([
      { title: "Requests", value: (one) => one.count, class: "number" },
      { title: "Drift", value: (one) => el("code", {}, one.id) },
      { title: "Documented", value: (one) => one.documented },
      { title: "The real server", value: (one) => one.server },
    ], [...drifts].sort((a, b) => b.count - a.count), { caption: "Drifts" }));
  }

  return { element: section("Drifts: where documentation and the real server differ", null, el("div", { class: "drifts" }, list)), load };
}
