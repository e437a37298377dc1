// The control API. Paths are relative to the page, which stands at its root.

import { jsonOrText } from "./json_text.js";

/** An error of the control API: one line, and the status (0: no response). */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

async function call(method, path, { query, body } = {}) {
  const words = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value != null && value !== ""));
  const url = path.replace(/^\//, "") + (words.size ? `?${words}` : "");
  let response, text;
  try {
    response = await fetch(url, { method, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
    text = await response.text();
  } catch {
    throw new ApiError("the emulator does not respond", 0);
  }
  if (response.status === 401) {
    location.reload(); // which shows the form for the token
    throw new ApiError("the token is needed again", 401);
  }
  const value = jsonOrText(text);
  if (!response.ok) throw new ApiError(value?.error ?? `${response.status} ${response.statusText}`, response.status);
  return value;
}

/** Return a path with its parts encoded: path`/timeline/${id}`. */
export function path(strings, ...values) {
  return String.raw({ raw: strings }, ...values.map(encodeURIComponent));
}

/** Each returns the response's JSON, and throws an ApiError. `query` and `body` are objects. */
export const get = (path, query) => call("GET", path, { query });
export const post = (path, body) => call("POST", path, { body });
export const put = (path, body) => call("PUT", path, { body });
export const del = (path, query) => call("DELETE", path, { query });
