// JSON as text: its value, or the place where it stops being JSON. Browsers say that in different words, and some do not say it.

import { parseExactly } from "./exact_json.js";

const LITERAL = /(?:true|false|null)/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

/** An error at a place in a text: `index` counts from 0. */
export class JsonError extends Error {
  constructor(text, index, expected) {
    const before = text.slice(0, index).split("\n");
    const found = index < text.length ? `, not ${JSON.stringify(text.slice(index).match(/^(?:[\w.$-]+|[^])/)[0].slice(0, 20))}` : ", but it ends here";
    super(`line ${before.length}, column ${before.at(-1).length + 1}: expected ${expected}${found}`);
    this.index = index;
  }
}

/** Return the value of a JSON text, with its numbers as they are written; throw a JsonError that has the place. */
export function parseJson(text) {
  try {
    return parseExactly(text);
  } catch (error) {
    const reader = new Reader(text);
    reader.value();
    reader.space();
    if (reader.index < text.length) reader.fail("the end");
    throw error; // too deep, for example
  }
}

/** Return the JSON value of a text, or the text. */
export function jsonOrText(text) {
  try {
    return parseExactly(text);
  } catch {
    return text;
  }
}

/** Reads a text up to its first mistake. */
class Reader {
  index = 0;

  constructor(text) {
    this.text = text;
  }

  fail(expected) {
    throw new JsonError(this.text, this.index, expected);
  }

  space() {
    this.take(SPACE);
  }

  take(pattern) {
    pattern.lastIndex = this.index;
    const found = pattern.exec(this.text);
    if (found) this.index = pattern.lastIndex;
    return found !== null;
  }

  next(character) {
    this.space();
    if (this.text[this.index] !== character) return false;
    this.index++;
    return true;
  }

  value() {
    if (this.next("{")) this.items("}", () => this.field());
    else if (this.next("[")) this.items("]", () => this.value());
    else this.take(STRING) || this.take(NUMBER) || this.take(LITERAL) || this.fail(this.text[this.index] === '"' ? "text that ends with \" in its line" : "a value");
  }

  items(end, one) {
    if (this.next(end)) return;
    do one(); while (this.next(","));
    this.next(end) || this.fail(`, or ${end}`);
  }

  field() {
    this.space();
    this.take(STRING) || this.fail("a name in double quotes");
    this.next(":") || this.fail(":");
    this.value();
  }
}
