// What a line says about an entry of the timeline: the words that are displayed, and that a filter finds.

import { counted } from "./dom.js";

/** The states of a delivery, with the kinds of their badges. */
export const DELIVERY_STATES = { queued: "info", "waiting for a retry": "warn", delivered: "good", refused: "bad", "given up": "bad", "held back": "warn" };

/**
 * Return what is displayed of an entry: `label`, `what`, `more`, `reason`, `who`, `status`, `took`, and
 * `badges` as pairs of text and kind. An entry without `who` and `status` is a separator with `what` alone.
 */
export function describe(entry) {
  return (entry.described ??= DESCRIPTIONS[entry.kind]?.(entry) ?? { label: entry.kind, what: entry.what ?? "" });
}

/** Return whether an entry separates those before it from those after it. */
export function isSeparator(entry) {
  return entry.kind === "reset" || entry.kind === "gap";
}

/** Return a person as text: role, and e-mail address or id. */
export function personText(person) {
  return person ? [person.role ?? person.kind, person.email ?? person.id].filter(Boolean).join(" ") : "";
}

/** Return milliseconds as text. */
export function duration(milliseconds) {
  if (milliseconds == null) return "";
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 100 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** Return the kind of a status: `good`, `warn` or `bad`. */
export function statusKind(status) {
  if (status == null || status >= 500) return "bad";
  return status >= 400 ? "warn" : "good";
}

const DESCRIPTIONS = {
  request: (entry) => ({
    label: entry.method,
    what: entry.target,
    more: entry.event,
    reason: entry.reason,
    who: entry.person,
    status: entry.status ?? "none",
    statusKind: statusKind(entry.status),
    took: duration(entry.milliseconds),
    badges: [
      ...drifts(entry),
      ...(entry.ignored ?? []).map((id) => [`ignored ${id}`, "warn", "Asks for what the server ignores"]),
      ...(entry.stub ? [[`stub ${entry.stub}`, "info", "A stub of the tester responded"]] : []),
      ...(entry.fault ? [[`fault ${entry.fault}`, "bad", "A fault changed this response"]] : []),
      ...(entry.emulated === false ? [["not emulated", "warn", "Tiledesk may have this route: the emulator has not"]] : []),
    ],
  }),
  event: (entry) => ({
    label: "event",
    what: entry.event,
    who: entry.person,
    badges: entry.standard ? [["platform", "info", "One of the platform's own events"]] : [],
  }),
  attempt: (entry) => ({
    label: "webhook",
    what: entry.event,
    more: `to ${entry.target}`,
    reason: entry.error,
    status: entry.status ?? (entry.error ? "error" : ""),
    statusKind: statusKind(entry.status),
    took: duration(entry.milliseconds),
    badges: [
      ...(entry.number > 1 ? [[`attempt ${entry.number}`, "info"]] : []),
      ...drifts(entry),
      [entry.state, DELIVERY_STATES[entry.state], "State of the delivery after this attempt"],
    ],
  }),
  frame: (entry) => ({
    label: "frame",
    what: entry.topic,
    more: entry.method,
    who: entry.by,
    badges: [[receivers(entry), entry.receivers ? "info" : "warn", receiverNames(entry)]],
  }),
};

function drifts(entry) {
  return (entry.drifts ?? []).map((id) => [`drift ${id}`, "warn", "Documentation and server disagree here"]);
}

function receivers(entry) {
  return entry.receivers ? counted(entry.receivers, "receiver") : "no receiver";
}

function receiverNames(entry) {
  const names = (entry.to ?? []).map((one) => (typeof one === "string" ? one : personText(one)));
  return [...names, entry.receivers > names.length && "…"].filter(Boolean).join(", ");
}
