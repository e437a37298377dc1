// The frame of the page: navigation by hash, and the view that is shown.

import * as api from "./api.js";
import { el, fill, showError } from "./dom.js";
import { stream } from "./stream.js";

const VIEWS = {
  timeline: "Timeline",
  webhooks: "Webhooks",
  realtime: "Realtime",
  data: "Data",
  conversations: "Conversations",
  controls: "Controls",
};
const ENTRY = /^timeline\/./;

const main = document.getElementById("main");
const navigation = document.getElementById("navigation");
let end = null;
let shown = 0;

/** Return what a hash says: `#/timeline/ID?q=a` is the view, the rest of the path, and the query. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [name, ...rest] = path.split("/").map(decoded);
  return { name: Object.hasOwn(VIEWS, name) ? name : "timeline", path: rest.filter(Boolean), query: new URLSearchParams(query ?? "") };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function show() {
  const { name, path, query } = route();
  const isEntry = ENTRY.test(`${name}/${path[0] ?? ""}`);
  const number = ++shown;
  mark(name);
  document.title = `${isEntry ? "Entry" : VIEWS[name]} · tiledesk-mock`;
  try {
    const view = await import(isEntry ? "./entry.js" : `./${name}.js`);
    if (number !== shown) return; // another view was chosen meanwhile
    end?.();
    const root = el("div", { class: `view ${isEntry ? "entry" : name}` });
    fill(main, root);
    end = view.show(root, api, { path, query }) ?? null;
  } catch (error) {
    fill(main, el("p", { class: "empty error" }, `This view cannot be shown: ${error.message}`));
    console.error(error);
  }
}

function mark(name) {
  for (const link of navigation.children) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function showConnection() {
  const element = document.getElementById("connection");
  const missed = stream.missed ? `, ${stream.missed} missed` : "";
  element.className = `connection ${stream.state}`;
  fill(element, `${stream.state}${missed}`);
}

async function showAbout() {
  const version = await api.get("version");
  fill(document.getElementById("about"), `${version.dialect} dialect · ${version.version}`);
}

fill(navigation, Object.entries(VIEWS).map(([name, label]) => el("a", { href: `#/${name}`, "data-view": name }, label)));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", show);
window.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  showError(event.reason);
});
stream.listen({ state: showConnection });
stream.followVisibility();
showConnection();
showAbout();
show();
