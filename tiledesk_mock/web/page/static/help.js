// The dialog with keys and filter words.

import { button, el } from "./dom.js";

const KEYS = [
  ["j, ↓ and k, ↑", "next and previous entry"],
  ["Enter", "open the entry"],
  ["Escape", "back to the timeline; empty the filter"],
  ["c", "show only what is linked to the entry"],
  ["/", "go to the filter"],
  ["p", "pause, resume"],
  ["?", "this help"],
];

const WORDS = [
  ["order paid", "both words, anywhere in what is displayed"],
  ['"order paid"', "the two words as they stand"],
  ["status:422, status:4xx, status:none", "the status of a response"],
  ["method:POST", "the method"],
  ["kind:attempt", "request, event, attempt, frame or reset"],
  ["person:agent", "role, e-mail address or id"],
  ["path:/events", "a part of a path, a webhook's target or a topic"],
  ["event:order", "a part of an event's name"],
  ["state:refused", "the state of a delivery"],
  ["drift:sort, fault:f, stub:s", "a part of the id"],
  ["-path:/auth", "not what matches"],
];

/** Show the help. */
export function showHelp() {
  const list = (rows) => el("dl", { class: "pairs" }, rows.map(([term, text]) => [el("dt", {}, el("code", {}, term)), el("dd", {}, text)]));
  const dialog = el("dialog", { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove() },
    el("h2", { id: "help-title" }, "Keys"), list(KEYS), el("h2", {}, "Filter"), list(WORDS),
    el("div", { class: "form-end" }, button("Close", () => dialog.close(), { class: "primary" })));
  document.body.append(dialog);
  dialog.showModal();
}
