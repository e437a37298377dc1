// The emulator's clock: it runs on between the readings.

import { badge, button, el, fill } from "./dom.js";
import { form } from "./forms.js";
import { section } from "./parts.js";

const STEPS = [["+1 s", 1], ["+1 min", 60], ["+1 h", 3600], ["+1 day", 86_400]];

/** Return the section as `{element, load, end}`. */
export function clockSection(api, changed) {
  const now = el("time", { class: "now" }), state = el("span");
  let read = null;

  async function load() {
    const clock = await api.get("clock");
    read = { ...clock, time: Date.parse(clock.now), at: performance.now() };
    show();
  }

  function show() {
    if (!read) return;
    const time = read.frozen ? read.time : read.time + performance.now() - read.at;
    now.textContent = new Date(time).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
    const isMachine = !read.frozen && Math.abs(time - Date.now()) < 5000;
    const words = read.frozen ? ["frozen", "warn"] : isMachine ? ["follows this machine", "good"] : ["runs, shifted", "warn"];
    if (state.textContent !== words[0]) fill(state, badge(...words));
  }

  const set = async (body) => {
    await api.put("clock", body);
    await changed();
  };
  const advance = async (seconds) => {
    await api.post("clock/advance", { seconds });
    await changed();
  };
  const at = form([{ name: "time", label: "Time (UTC)", type: "datetime-local", step: 1, required: true }, { name: "is_frozen", label: "Frozen", type: "checkbox", value: true }],
    { submit: "Set", onsubmit: ({ time, is_frozen }) => set({ [is_frozen ? "freeze" : "now"]: `${time}Z` }) });
  const by = form([{ name: "seconds", label: "Seconds", type: "number", required: true, placeholder: "60" }],
    { submit: "Advance", onsubmit: ({ seconds }) => advance(seconds) });
  const timer = setInterval(show, 250);
  return {
    element: section("Clock", null, el("div", { class: "bar" }, now, state),
      el("div", { class: "bar" }, button("Freeze", () => set({ freeze: true })), button("Follow this machine", () => set({})),
        el("span", { class: "group" }, STEPS.map(([label, seconds]) => button(label, () => advance(seconds), { "aria-label": `Advance by ${label.slice(1)}` })))),
      el("div", { class: "columns" }, at, by)),
    load,
    end: () => clearInterval(timer),
  };
}
