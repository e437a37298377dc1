#!/bin/sh
# Guess: a `pattern` made with re.escape, which quotes characters of a regular expression, is one for every validator.
# What happens: Python escapes the blank and `-`, too. jsonschema 4.26.0 and its check of the schema, jsonschema-rs 0.61.2 and
#   fastjsonschema 2.22.3 take that; so do jsonschema 1.5.0 of npm and zod 4.6.7. ajv 8.20.0, @cfworker/json-schema 4.1.6,
#   @exodus/schemasafe 1.3.0 and @hyperjump/json-schema 1.18.0 raise an error, whatever the value is.
# Why it matters: an OpenAPI document that a Python program makes passes every check in Python, and no client of Node with ajv
#   can load it.
# Source: run here. JSON Schema 2020-12, section 6.4: patterns are ECMA-262's, read with Unicode support, where an escaped blank
#   is a syntax error.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3 2> pip.log
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund ajv@8.20.0 @cfworker/json-schema@4.1.6 @exodus/schemasafe@1.3.0 \
  @hyperjump/json-schema@1.18.0 jsonschema@1.5.0 zod@4.6.7 > npm.log
cat > validators.py <<'P'
import json
import re

import fastjsonschema
import jsonschema
import jsonschema_rs

text = "Invalid id: a-b"
schema = {"type": "string", "pattern": f"^{re.escape(text)}$"}
with open("case.json", "w") as file:
    json.dump([schema, text], file)
jsonschema.Draft202012Validator.check_schema(schema)
print("jsonschema of Python:", jsonschema.Draft202012Validator(schema).is_valid(text))
print("jsonschema-rs:", jsonschema_rs.Draft202012Validator(schema).is_valid(text))
print("fastjsonschema:", fastjsonschema.compile(schema)(text) == text)
P
cat > validators.mjs <<'J'
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { Validator } from "@cfworker/json-schema";
import { registerSchema, validate } from "@hyperjump/json-schema/draft-2020-12";
import { validator } from "@exodus/schemasafe";
import jsonschema from "jsonschema";
import { z } from "zod";

const [schema, text] = JSON.parse(readFileSync("case.json"));
const draft = "https://json-schema.org/draft/2020-12/schema";
const validators = {
  "jsonschema of npm": () => new jsonschema.Validator().validate(text, schema).valid,
  zod: () => z.fromJSONSchema(schema).safeParse(text).success,
  ajv: () => new Ajv.default().validate(schema, text),
  cfworker: () => new Validator(schema, "2020-12").validate(text).valid,
  schemasafe: () => validator({ $schema: draft, ...schema })(text),
  hyperjump: async () => {
    registerSchema({ $schema: draft, ...schema }, "https://example.com/pattern");
    return (await validate("https://example.com/pattern", text)).valid;
  },
};
for (const [name, isValid] of Object.entries(validators)) {
  try {
    console.log(`${name}: ${(await isValid()) ? "True" : "False"}`);
  } catch (error) {
    console.log(`${name}: ${/Invalid escape/.test(error.message) ? "invalid escape" : error}`);
  }
}
J
{ venv/bin/python validators.py; node validators.mjs; } > seen
cat seen
cat > expected <<'T'
jsonschema of Python: True
jsonschema-rs: True
fastjsonschema: True
jsonschema of npm: True
zod: True
ajv: invalid escape
cfworker: invalid escape
schemasafe: invalid escape
hyperjump: invalid escape
T
diff expected seen
