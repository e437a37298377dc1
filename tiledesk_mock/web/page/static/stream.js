// What happens in the emulator, live: one EventSource for all views.

const KEPT = 20_000;
const RETRY = 1000;
const SILENCE = 45_000; // three times what the emulator waits before it sends an `alive`
const SHORT = 3000; // an emulator with few threads ends each stream at once: that is no loss of connection

/**
 * The entries that came, oldest first, and the state of the connection: `connecting`, `live` or
 * `reconnecting`. Every entry gets `seq`, which counts on, also when the emulator starts again.
 */
class Stream {
  entries = [];
  state = "connecting";
  missed = 0;
  #listeners = new Set();
  #source = null;
  #last = null;
  #seq = 0;
  #timers = {};

  /**
   * Call `listener.entries(batch)` with what comes, and `listener.state()` when state or missed change.
   * Return a function that ends it. The connection begins with the first listener.
   */
  listen(listener) {
    this.#listeners.add(listener);
    if (!this.#source) this.#connect();
    return () => this.#listeners.delete(listener);
  }

  /** Forget the entries that came so far, and those that were missed. */
  clear() {
    this.entries = [];
    this.missed = 0;
    this.#notify("cleared");
    this.#notify("state");
  }

  /** Close the connection of a page that is not visible: browsers open only six to one emulator. */
  followVisibility() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#close();
      else if (!this.#source && this.#listeners.size) this.#connect();
    });
  }

  #connect() {
    const since = this.#last ? `?since=${encodeURIComponent(this.#last)}` : "";
    const source = (this.#source = new EventSource(`stream${since}`));
    const events = {
      open: () => {},
      alive: () => {},
      missed: (message) => this.#miss(JSON.parse(message.data).missed),
      entries: (message) => this.#append(JSON.parse(message.data)),
    };
    for (const [name, handle] of Object.entries(events)) {
      source.addEventListener(name, (message) => {
        this.#alive();
        handle(message); // which compares with the last id before this one
        if (message.lastEventId) this.#last = message.lastEventId;
      });
    }
    source.addEventListener("error", () => this.#lose(source));
  }

  #close() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    this.#source?.close();
    this.#source = null;
  }

  #alive() {
    clearTimeout(this.#timers.lost);
    this.#timers.lost = null;
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(() => this.#again(), SILENCE);
    this.#become("live");
  }

  #lose(source) {
    if (source !== this.#source) return;
    this.#timers.lost ??= setTimeout(() => this.#become("reconnecting"), this.state === "live" ? SHORT : 0);
    if (source.readyState === EventSource.CLOSED) this.#refused();
  }

  /** A browser gives up when it gets something else than a stream. That may be the form for the token. */
  async #refused() {
    const response = await fetch("clock", { cache: "no-store" }).catch(() => null);
    if (response?.status === 401) location.reload();
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => this.#again(), RETRY);
  }

  #again() {
    this.#source?.close();
    this.#connect();
  }

  /** `missed` is null if the emulator was started again: it does not know what it was before. */
  #miss(missed) {
    if (missed === null && !this.#last) return;
    const what = missed === null ? "the emulator was started again" : `${missed} missed`;
    this.missed += missed ?? 0;
    this.#append([{ id: null, kind: "gap", time: null, cause: null, what }]);
    this.#notify("state");
  }

  #append(batch) {
    for (const entry of batch) entry.seq = ++this.#seq;
    this.entries.push(...batch);
    if (this.entries.length > KEPT * 1.1) this.entries = this.entries.slice(-KEPT);
    this.#notify("entries", batch);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#notify("state");
  }

  #notify(name, ...values) {
    for (const listener of this.#listeners) listener[name]?.(...values);
  }
}

export const stream = new Stream();
