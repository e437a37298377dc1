// What is stored: reset, snapshots, seeds, export.

import { button, el, saveButton, toast } from "./dom.js";
import { form } from "./forms.js";
import { parseJson } from "./json_text.js";
import { keyedList } from "./live.js";
import { section } from "./parts.js";

/** Return the sections as `{elements, load}`. */
export function storedSections(api, changed) {
  const list = el("div", { class: "items" });
  const update = keyedList(list, { key: (name) => name, render: (name) => snapshot(name, api, changed), empty: () => "No snapshots." });
  const take = form([{ name: "name", label: "Name", placeholder: "a new one" }], { submit: "Take a snapshot", reset: true, onsubmit: async ({ name }) => {
    if (name) await api.put(api.path`state/snapshots/${name}`);
    else await api.post("state/snapshots");
    await changed();
  } });
  return {
    elements: [section("Stored data", null, el("div", { class: "bar" }, resetButton(api, changed), exportButton(api)), seedForm(api, changed)),
      section("Snapshots", null, list, take)],
    load: async () => update((await api.get("state/snapshots")).snapshots),
  };
}

/** Return a button for what cannot be undone: the first click asks, the second one does it. */
function confirmed(label, question, work, attributes) {
  const element = button(label, async () => {
    if (element.textContent === label) return ask();
    calm();
    await work();
  }, { class: "danger", ...attributes });
  const ask = () => {
    element.textContent = question;
    element.classList.add("sure");
  };
  const calm = () => {
    element.textContent = label;
    element.classList.remove("sure");
  };
  element.addEventListener("blur", calm);
  return element;
}

function resetButton(api, changed) {
  return confirmed("Reset", "Reset: all that came since the start is lost. Sure?", async () => {
    await api.post("reset");
    toast("back to the seed");
    await changed();
  });
}

function exportButton(api) {
  return saveButton("Export", "tiledesk-mock.json", async () => JSON.stringify(await api.get("state"), null, 2), "application/json");
}

function snapshot(name, api, changed) {
  return el("div", { class: "item bar", "data-snapshot": name }, el("strong", { class: "wrap" }, name), el("div", { class: "bar end" },
    confirmed("Restore", "Sure?", async () => {
      await api.post(api.path`state/snapshots/${name}/restore`);
      toast(`back to ${name}`);
      await changed();
    }, { "aria-label": `Restore ${name}` }),
    button("Drop", async () => {
      await api.del(api.path`state/snapshots/${name}`);
      await changed();
    }, { "aria-label": `Drop ${name}` })));
}

function seedForm(api, changed) {
  const element = form([
    { name: "seed", label: "Seed", type: "json", rows: 5, placeholder: '{"events": [{"name": "order.paid", "createdAt": "-2h"}]}' },
    { name: "file", label: "or a file", type: "file", hint: "JSON, as the export is" },
    { name: "replace", label: "Replace", type: "checkbox", hint: "everything that is stored" },
  ], { submit: "Seed", reset: true, onsubmit: async ({ seed, replace }) => {
    const [file] = element.querySelector("[type=file]").files;
    const document = file ? parseJson(await file.text()) : seed;
    if (document === undefined) throw new Error("paste a seed as JSON, or choose a file");
    if (replace) {
      await api.put("state", document);
      toast("everything is replaced");
    } else {
      const added = Object.entries(await api.post("seed", document)).filter(([, count]) => count);
      toast(added.length ? `added: ${added.map(([name, count]) => `${count} ${name}`).join(", ")}` : "nothing was added");
    }
    await changed();
  } });
  return element;
}
