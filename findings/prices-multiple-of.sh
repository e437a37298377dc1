#!/bin/sh
# Guess: a price like 19.99 is a multiple of 0.01 for a validator of JSON Schema or of a model; or, as floats are not decimal,
#   for none of them.
# What happens: msgspec 0.23.0 and valibot 1.5.0 refuse 19.99, 0.07 and even 1.1 as a multiple of 0.1. jsonschema 4.26.0 and
#   ajv 8.20.0 take 1.1 and refuse 19.99 and 0.07. jsonschema-rs 0.61.2, fastjsonschema 2.22.3, jschon 0.11.1,
#   pydantic 2.14.4, zod 4.6.7, joi 18.3.2, @cfworker/json-schema 4.1.6, @exodus/schemasafe 1.3.0 and
#   @hyperjump/json-schema 1.18.0 take all of them. All refuse 19.995.
# Why it matters: `multipleOf: 0.01` is how an OpenAPI document says "two decimals". Whether a payload is valid then depends
#   on who checks it: a server with zod sends what a test with ajv refuses. Amounts in cents, or as text, have no such problem.
# Source: run here; section 6.2.1 of JSON Schema 2020-12.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3 jschon==0.11.1 pydantic==2.14.4 \
  msgspec==0.23.0 2> pip.log
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund ajv@8.20.0 zod@4.6.7 valibot@1.5.0 joi@18.3.2 @cfworker/json-schema@4.1.6 \
  @exodus/schemasafe@1.3.0 @hyperjump/json-schema@1.18.0 > npm.log
cat > numbers.json <<'T'
[[19.99, 0.01], [0.07, 0.01], [1.1, 0.1], [19.995, 0.01]]
T
cat > validators.py <<'P'
import json
from typing import Annotated

import fastjsonschema
import jschon
import jsonschema
import jsonschema_rs
import msgspec
import pydantic

jschon.create_catalog("2020-12")
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def accepts(check, error):
    try:
        check()
    except error:
        return False
    return True


VALIDATORS = {
    "msgspec": lambda value, of: accepts(
        lambda: msgspec.convert(value, Annotated[float, msgspec.Meta(multiple_of=of)]), msgspec.ValidationError
    ),
    "jsonschema": lambda value, of: jsonschema.Draft202012Validator({"multipleOf": of}).is_valid(value),
    "jsonschema-rs": lambda value, of: jsonschema_rs.Draft202012Validator({"multipleOf": of}).is_valid(value),
    "fastjsonschema": lambda value, of: accepts(
        lambda: fastjsonschema.compile({"multipleOf": of})(value), fastjsonschema.JsonSchemaValueException
    ),
    "jschon": lambda value, of: jschon.JSONSchema({"$schema": DRAFT, "multipleOf": of}).evaluate(jschon.JSON(value)).valid,
    "pydantic": lambda value, of: accepts(
        lambda: pydantic.TypeAdapter(Annotated[float, pydantic.Field(multiple_of=of)]).validate_python(value),
        pydantic.ValidationError,
    ),
}
with open("numbers.json") as file:
    numbers = json.load(file)
for name, is_valid in VALIDATORS.items():
    print(name, *("takes" if is_valid(value, of) else "refuses" for value, of in numbers))
P
cat > validators.mjs <<'J'
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { Validator } from "@cfworker/json-schema";
import { registerSchema, validate } from "@hyperjump/json-schema/draft-2020-12";
import { validator } from "@exodus/schemasafe";
import Joi from "joi";
import * as valibot from "valibot";
import { z } from "zod";

const draft = "https://json-schema.org/draft/2020-12/schema";
const validators = {
  valibot: (value, of) => valibot.safeParse(valibot.pipe(valibot.number(), valibot.multipleOf(of)), value).success,
  ajv: (value, of) => new Ajv.default().validate({ type: "number", multipleOf: of }, value),
  zod: (value, of) => z.number().multipleOf(of).safeParse(value).success,
  joi: (value, of) => !Joi.number().multiple(of).validate(value).error,
  cfworker: (value, of) => new Validator({ multipleOf: of }, "2020-12").validate(value).valid,
  schemasafe: (value, of) => validator({ $schema: draft, type: "number", multipleOf: of })(value),
  hyperjump: async (value, of) => {
    const address = `https://example.com/${value}/${of}`;
    registerSchema({ $schema: draft, multipleOf: of }, address);
    return (await validate(address, value)).valid;
  },
};
const numbers = JSON.parse(readFileSync("numbers.json"));
for (const [name, isValid] of Object.entries(validators)) {
  const results = await Promise.all(numbers.map(([value, of]) => isValid(value, of)));
  console.log(name, ...results.map((valid) => (valid ? "takes" : "refuses")));
}
J
{ venv/bin/python validators.py; node validators.mjs; } > seen
cat seen
cat > expected <<'T'
msgspec refuses refuses refuses refuses
jsonschema refuses refuses takes refuses
jsonschema-rs takes takes takes refuses
fastjsonschema takes takes takes refuses
jschon takes takes takes refuses
pydantic takes takes takes refuses
valibot refuses refuses refuses refuses
ajv refuses refuses takes refuses
zod takes takes takes refuses
joi takes takes takes refuses
cfworker takes takes takes refuses
schemasafe takes takes takes refuses
hyperjump takes takes takes refuses
T
diff expected seen
