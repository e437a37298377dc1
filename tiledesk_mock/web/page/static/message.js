// One side of an exchange: headers and body.

import { copyButton, counted, el, saveButton, table } from "./dom.js";
import { parseExactly } from "./exact_json.js";
import { jsonTree } from "./json.js";

const MOST_LINES = 64; // of a hex dump

/** Return a card with a message: `headers` as pairs, and `body` as null or `{json}`, `{text}` or `{base64}`; of JSON `text` may be how it was sent. */
export function messageCard(title, { headers, body }) {
  return el("section", { class: "card message" },
    el("h2", {}, title),
    el("details", { open: headers.length > 0 && headers.length <= 12 },
      el("summary", {}, counted(headers.length, "header")),
      table([
        { title: "Name", value: ([name]) => name, class: "name" },
        { title: "Value", value: ([, value]) => value, class: "mono" },
      ], headers, { caption: `Headers of the ${title.toLowerCase()}` })),
    bodyPart(title, body));
}

function bodyPart(title, body) {
  if (!body) return el("p", { class: "muted" }, "No body");
  if ("json" in body) return part(title, () => body.text ?? JSON.stringify(body.json, null, 2), jsonTree("text" in body ? parseExactly(body.text) : body.json));
  if ("text" in body) return part(title, () => body.text, el("pre", {}, body.text));
  const bytes = Uint8Array.from(atob(body.base64), (letter) => letter.charCodeAt(0));
  return el("div", { class: "body" },
    el("div", { class: "bar" }, el("h3", {}, `Body, ${bytes.length.toLocaleString("en")} bytes`),
      el("div", { class: "end" }, saveButton("Save", `${title.toLowerCase()}.bin`, () => bytes))),
    el("pre", { class: "hex" }, hexDump(bytes)));
}

function part(title, text, shown) {
  return el("div", { class: "body" },
    el("div", { class: "bar" }, el("h3", {}, "Body"), copyButton("Copy", text, { class: "quiet end", "aria-label": `Copy the body of the ${title.toLowerCase()}` })),
    shown);
}

/** Return bytes as lines of offset, hexadecimal numbers and printable characters. */
function hexDump(bytes) {
  const lines = [];
  for (let offset = 0; offset < bytes.length && lines.length < MOST_LINES; offset += 16) {
    const part = [...bytes.slice(offset, offset + 16)];
    const numbers = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${offset.toString(16).padStart(6, "0")}  ${numbers.padEnd(47)}  ${letters}`);
  }
  const rest = bytes.length - lines.length * 16;
  return lines.join("\n") + (rest > 0 ? `\n… ${rest.toLocaleString("en")} bytes more` : "");
}
