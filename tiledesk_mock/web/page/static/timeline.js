// The view of the timeline.

import { el } from "./dom.js";

/** Show the view in `root`. */
export function show(root) {
  root.append(el("p", { class: "empty" }, "Nothing here yet."));
}
