#!/bin/sh
# Guess: code that is generated from a request ("copy as Python", "copy as fetch") sends the request's own body.
# What happens: httpsnippet 3.0.10 and postman-code-generators 2.1.1 parse a JSON body and write it anew, for Python, too,
#   where no number has to be rounded: the id 12345678901234567890 becomes 12345678901234567000, and 1.0 becomes 1.
#   curlconverter 4.12.0 keeps both in Python, and rounds them for fetch, with the original body in a comment.
#   All of them move the keys "10" and "9" before "b".
# Why it matters: a bug report with such code asks for another id than the request that failed, and nothing says so.
#   `curl` with the body as text, or a string literal, has no such problem.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund curlconverter@4.12.0 httpsnippet@3.0.10 postman-code-generators@2.1.1 \
  postman-collection@5.3.0 > npm.log
cat > copy.mjs <<'J'
import { createRequire } from "node:module";
import * as curlconverter from "curlconverter";

const require = createRequire(import.meta.url);
const { HTTPSnippet } = require("httpsnippet");
const postman = require("postman-code-generators");
const { Request } = require("postman-collection");

const body = '{"b":12345678901234567890,"10":1.0,"9":true}';
const url = "http://127.0.0.1/x";
const type = "application/json";

const curl = `curl -H 'Content-Type: ${type}' --data-raw '${body}' ${url}`;
const snippet = new HTTPSnippet({
  method: "POST", url, headers: [{ name: "Content-Type", value: type }], postData: { mimeType: type, text: body },
});
const request = new Request({
  method: "POST", url, header: [{ key: "Content-Type", value: type }],
  body: { mode: "raw", raw: body, options: { raw: { language: "json" } } },
});
const convert = (language, variant) => {
  let code;
  postman.convert(language, variant, request, {}, (error, text) => { code = error ?? text; });
  return code;
};
const codes = {
  "curlconverter to Python": curlconverter.toPython(curl),
  "curlconverter to fetch": curlconverter.toJavaScript(curl),
  "httpsnippet to Python": snippet.convert("python", "requests"),
  "httpsnippet to fetch": snippet.convert("javascript", "fetch"),
  "postman to Python": convert("python", "requests"),
  "postman to fetch": convert("javascript", "fetch"),
};
for (const [name, code] of Object.entries(codes)) {
  const lines = String(code).split("\n").filter((line) => !/^\s*(#|\/\/)/.test(line)).join("");
  const [, fields] = /\{(\s*["']9["'][^}]*)\}/.exec(lines) ?? [];
  console.log(`${name}: ${fields?.replaceAll("'", '"').replaceAll(/\s/g, "")}`);
}
J
node copy.mjs > seen
cat seen
cat > expected <<'T'
curlconverter to Python: "9":True,"10":1.0,"b":12345678901234567890,
curlconverter to fetch: "9":true,"10":1,"b":12345678901234567000
httpsnippet to Python: "9":True,"10":1,"b":12345678901234567000
httpsnippet to fetch: "9":true,"10":1,"b":12345678901234567000
postman to Python: "9":True,"10":1,"b":12345678901234567000
postman to fetch: "9":true,"10":1,"b":12345678901234567000
T
diff expected seen
