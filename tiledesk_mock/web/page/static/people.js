// People with their credentials, by project, and the projects.

import { badge, copyButton, el } from "./dom.js";
import { filterField, filterForm } from "./forms.js";
import { jsonTree } from "./json.js";
import { keyedList, lazyDetails } from "./live.js";
import { copyable, section } from "./parts.js";

const MOST = 300;
const ROLES = { owner: "good", admin: "good", supervisor: "good", agent: "info", bot: "warn" };

/** Return the section of people as `{element, load}`. */
export function peopleSection(api, choices) {
  const list = el("div"), note = el("p", { class: "muted" });
  const filter = el("input", { name: "q", autocomplete: "off", placeholder: "role, name, e-mail address or id" });
  const update = keyedList(list, { key: (one) => one.id, render: project, empty: () => "No person matches." });

  function show() {
    const words = filter.value.trim().toLowerCase().split(/\s+/);
    const found = choices.people.filter((one) => {
      const text = [one.role, one.name, one.email, one.id, one.id_user].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    note.textContent = found.length > MOST ? `${MOST} of ${found.length} are shown: filter them` : "";
    update(byProject(found.slice(0, MOST), choices));
  }

  function project({ id, name, people }) {
    return el("div", { class: "group-of-rows" }, el("h3", {}, name, " ", el("code", {}, id)),
      el("div", { class: "items" }, people.map((one) => person(one, api))));
  }

  const form = filterForm(show, filterField("Find", filter, "wide"));
  return { element: section("People", null, form, note, list), load: async () => show() };
}

/** Return people by project. Their tokens, which change every minute, are left out: a copy reads a new one. */
function byProject(people, choices) {
  const projects = new Map();
  for (const { jwt, ...one } of people) {
    const id = one.id_project;
    if (!projects.has(id)) projects.set(id, { id, name: choices.projectName(id), people: [] });
    projects.get(id).people.push({ ...one, hasToken: jwt !== null });
  }
  return [...projects.values()];
}

function person(one, api) {
  const token = async () => (await api.get("people", { name: one.id })).people.find((each) => each.id === one.id).jwt;
  const copy = (label, text) => copyButton(label, text, { class: "small", "aria-label": `Copy ${label} of ${one.email ?? one.role}` });
  return el("div", { class: "item person", "data-person": one.id },
    el("div", {},
      el("div", { class: "bar" }, badge(one.role, ROLES[one.role] ?? "info"), el("strong", { class: "wrap" }, one.email ?? one.name ?? one.id_user), one.email && one.name && el("span", { class: "muted wrap" }, one.name)),
      el("div", { class: "bar muted" }, el("span", {}, one.role === "bot" ? "bot " : "project user ", el("code", {}, one.id)), one.id_user !== one.id && el("span", { class: "wrap" }, "user ", el("code", {}, one.id_user)))),
    el("div", { class: "bar" }, el("span", { class: "muted" }, "Copy"),
      one.email && copy("E-mail", () => one.email),
      one.password && copy("Password", () => one.password),
      one.email && one.password && copy("Basic", () => `Basic ${base64(`${one.email}:${one.password}`)}`),
      one.hasToken && copy("JWT", token),
      one.secret && copy("Secret", () => one.secret)));
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Return the section of projects as `{element, load}`. */
export function projectsSection(choices) {
  const list = el("div", { class: "items" });
  const update = keyedList(list, {
    key: (one) => one._id,
    render: (one) => lazyDetails(
      el("span", { class: "bar headline" }, el("strong", { class: "wrap" }, one.name), one.status !== 100 && badge("disabled", "warn"), el("code", {}, one._id)),
      () => el("div", { class: "body" }, copyable(one._id, "the id"), jsonTree(one, 2)), { class: "item folding", "data-project": one._id }),
    empty: () => "No projects.",
  });
  return { element: section("Projects", null, list), load: async () => update(choices.projects) };
}
