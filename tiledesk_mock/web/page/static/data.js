// Data: stored events, people with their credentials, projects.

import { el } from "./dom.js";
import { eventsSection } from "./events.js";
import { fireSections } from "./fire.js";
import { live } from "./live.js";
import { Choices, heading } from "./parts.js";
import { peopleSection, projectsSection } from "./people.js";

const PARTS = { events: "Events", people: "People", projects: "Projects" };

/** Show the view in `root`; the first part of the path is which of its lists. */
export function show(root, api, { path }) {
  const part = Object.hasOwn(PARTS, path[0] ?? "") ? path[0] : "events";
  const choices = new Choices();
  const links = Object.entries(PARTS).map(([name, label]) =>
    el("a", { href: `#/data/${name}`, "aria-current": name === part && "page" }, label));
  root.append(heading("Data"), el("nav", { class: "tabs", "aria-label": "Data" }, links), choices.element);
  const shown = { events: showEvents, people: showPeople, projects: showProjects }[part](root, api, choices);
  const all = live(async () => {
    await choices.load(api, { conversations: part === "events", always: part !== "events" });
    await shown.load();
  }, ["event", "request"], { poll: 5000 }); // seeds and changes by tests have no entries
  shown.onchange = all.refresh;
  return all.end;
}

function showEvents(root, api, choices) {
  const events = eventsSection(api, choices);
  const fire = fireSections(api, choices, () => events.load());
  root.append(el("div", { class: "split" }, events.element, el("div", { class: "aside" }, fire)));
  return events;
}

function showPeople(root, api, choices) {
  const people = peopleSection(api, choices);
  root.append(people.element);
  return people;
}

function showProjects(root, api, choices) {
  const projects = projectsSection(choices);
  root.append(projects.element);
  return projects;
}
