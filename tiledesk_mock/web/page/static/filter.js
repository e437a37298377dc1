// The filter of the timeline: words, `key:value`, and a `-` before what must not match.

import { clock } from "./dom.js";
import { describe, personText } from "./describe.js";

/** The keys that a filter knows, with what each is compared with. */
export const KEYS = {
  kind: (entry) => [entry.kind, describe(entry).label],
  method: (entry) => [entry.method],
  status: (entry) => [entry.status ?? "none"],
  person: (entry) => [whoText(entry)],
  path: (entry) => [entry.target, entry.topic],
  event: (entry) => [entry.event],
  state: (entry) => [entry.state],
  drift: (entry) => [...(entry.drifts ?? []), ...(entry.ignored ?? [])],
  stub: (entry) => [entry.stub],
  fault: (entry) => [entry.fault],
  cause: (entry) => [entry.cause],
};

const EXACT = new Set(["kind", "method", "status", "cause"]);

/**
 * Return a function that says whether an entry matches a filter like `status:4xx -path:/auth "order paid"`.
 * Every word has to match. One without a key is looked for in all that is displayed of an entry.
 */
export function parseFilter(text) {
  const tests = words(text).map(test);
  return (entry) => tests.every((matches) => matches(entry));
}

/** Return a filter as words: each has `key` (or null), `value`, and `negated`. */
function words(text) {
  return [...text.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)].map(([all, minus, key, quoted, plain]) => {
    const value = quoted ?? plain;
    if (key && !Object.hasOwn(KEYS, key.toLowerCase())) return { key: null, value: all.slice(minus.length), negated: Boolean(minus) };
    return { key: key?.toLowerCase() ?? null, value, negated: Boolean(minus) };
  }).filter((word) => word.value);
}

function test({ key, value, negated }) {
  const wanted = value.toLowerCase();
  const matches = key === null ? (entry) => textOf(entry).includes(wanted) : matchesKey(key, wanted);
  return negated ? (entry) => !matches(entry) : matches;
}

function matchesKey(key, wanted) {
  const equals = EXACT.has(key)
    ? (text) => text === wanted || (key === "status" && isLike(text, wanted))
    : (text) => text.includes(wanted);
  return (entry) => KEYS[key](entry).some((value) => value != null && equals(String(value).toLowerCase()));
}

/** Return whether a status is like `4xx`. */
function isLike(status, pattern) {
  return pattern.length === status.length && [...pattern].every((letter, index) => letter === "x" || letter === status[index]);
}

function whoText(entry) {
  const { who } = describe(entry);
  return typeof who === "string" ? who : personText(who);
}

/** Return all that is displayed of an entry, in lower case. */
function textOf(entry) {
  return (entry.text ??= displayed(entry).filter((value) => value != null).join("\n").toLowerCase());
}

function displayed(entry) {
  const { label, what, more, reason, status, took, badges = [] } = describe(entry);
  return [clock(entry.time), label, what, more, reason, whoText(entry), status, took, ...badges.map(([text]) => text)];
}
