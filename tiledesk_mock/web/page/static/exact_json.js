// JSON whose numbers stay as they are written: 1.0, and 12345678901234567890, which JavaScript would round.

/** A number that JavaScript would write in another way. `text` is how it was written. */
export class WrittenNumber {
  constructor(text) {
    this.text = text;
  }

  toJSON() {
    return JSON.rawJSON?.(this.text) ?? Number(this.text);
  }
}

/** Return what JSON.parse returns, with a WrittenNumber where that is needed; older browsers have none. */
export function parseExactly(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value !== "number" || !context || context.source === JSON.stringify(value) ? value : new WrittenNumber(context.source));
}
