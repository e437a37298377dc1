#!/bin/sh
# Guess: what validates a request by an OpenAPI document takes the same texts for an integer and for a boolean in the query:
#   those of JSON.
# What happens: openapi-core 0.23.1 and connexion 3.3.0 take `1_0` as 10 and `TRUE` as true, openapi-core `yes` as well. Of two
#   values openapi-core takes the first and connexion the last, without an error. express-openapi-validator 5.6.2 takes `0x10`
#   as 16 and `1e1` as 10; openapi-backend 5.21.2 takes both and passes the text on. The two of Node refuse a parameter that
#   the document does not have; the two of Python ignore it.
# Why it matters: a client that a mock accepts is refused by a server that reads the same document, and the other way round; a
#   misspelt parameter is found by half of them only.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q openapi-core==0.23.1 'connexion[flask]==3.3.0' werkzeug==3.1.9 2> pip.log
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund openapi-backend@5.21.2 express-openapi-validator@5.6.2 express@5 > npm.log
cat > document.json <<'T'
{
  "openapi": "3.0.3",
  "info": {"title": "Events", "version": "1"},
  "paths": {
    "/events": {
      "get": {
        "operationId": "handlers.list_events",
        "parameters": [
          {"name": "page", "in": "query", "schema": {"type": "integer"}},
          {"name": "live", "in": "query", "schema": {"type": "boolean"}}
        ],
        "responses": {"200": {"description": "the events"}}
      }
    }
  }
}
T
cat > queries.json <<'T'
["page=10", "page=1_0", "page=0x10", "page=1e1", "page=1&page=2", "live=true", "live=yes", "live=TRUE", "pgae=1"]
T
cat > handlers.py <<'P'
def list_events(page=None, live=None):
    return {name: value for name, value in {"page": page, "live": live}.items() if value is not None}
P
cat > validators.py <<'P'
import json
import logging
from urllib.parse import parse_qsl

import connexion
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest
from werkzeug.datastructures import ImmutableMultiDict

logging.disable(logging.CRITICAL)
with open("document.json") as file:
    document = OpenAPI.from_dict(json.load(file))
with open("queries.json") as file:
    queries = json.load(file)
for query in queries:
    args = ImmutableMultiDict(parse_qsl(query))
    result = document.unmarshal_request(MockRequest("http://localhost", "get", "/events", args=args))
    print("openapi-core", query, "refused" if result.errors else json.dumps(result.parameters.query))
app = connexion.FlaskApp("app")
app.add_api("document.json")
client = app.test_client()
for query in queries:
    response = client.get(f"/events?{query}")
    print("connexion", query, json.dumps(response.json()) if response.status_code == 200 else "refused")
P
cat > validators.mjs <<'J'
import { readFileSync } from "node:fs";
import express from "express";
import OpenApiValidator from "express-openapi-validator";
import { OpenAPIBackend } from "openapi-backend";

const read = (name) => JSON.parse(readFileSync(name));
const queries = read("queries.json");
const backend = new OpenAPIBackend({
  definition: read("document.json"),
  handlers: {
    "handlers.list_events": ({ request }) => JSON.stringify(request.query),
    validationFail: () => "refused",
  },
});
await backend.init();
for (const query of queries) {
  console.log("openapi-backend", query, await backend.handleRequest({ method: "GET", path: "/events", query, headers: {} }));
}
const app = express();
app.use(OpenApiValidator.middleware({ apiSpec: read("document.json") }));
app.get("/events", (request, response) => response.send(JSON.stringify(request.query)));
app.use((error, request, response, next) => response.send("refused"));
const server = app.listen(0, "127.0.0.1", async () => {
  for (const query of queries) {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/events?${query}`);
    console.log("express-openapi-validator", query, await response.text());
  }
  server.close();
});
J
{ venv/bin/python validators.py; node validators.mjs; } > seen 2> errors
cat seen
cat > expected <<'T'
openapi-core page=10 {"page": 10}
openapi-core page=1_0 {"page": 10}
openapi-core page=0x10 refused
openapi-core page=1e1 refused
openapi-core page=1&page=2 {"page": 1}
openapi-core live=true {"live": true}
openapi-core live=yes {"live": true}
openapi-core live=TRUE {"live": true}
openapi-core pgae=1 {}
connexion page=10 {"page": 10}
connexion page=1_0 {"page": 10}
connexion page=0x10 refused
connexion page=1e1 refused
connexion page=1&page=2 {"page": 2}
connexion live=true {"live": true}
connexion live=yes refused
connexion live=TRUE {"live": true}
connexion pgae=1 {}
openapi-backend page=10 {"page":"10"}
openapi-backend page=1_0 refused
openapi-backend page=0x10 {"page":"0x10"}
openapi-backend page=1e1 {"page":"1e1"}
openapi-backend page=1&page=2 refused
openapi-backend live=true {"live":"true"}
openapi-backend live=yes refused
openapi-backend live=TRUE refused
openapi-backend pgae=1 refused
express-openapi-validator page=10 {"page":10}
express-openapi-validator page=1_0 refused
express-openapi-validator page=0x10 {"page":16}
express-openapi-validator page=1e1 {"page":10}
express-openapi-validator page=1&page=2 refused
express-openapi-validator live=true {"live":true}
express-openapi-validator live=yes refused
express-openapi-validator live=TRUE refused
express-openapi-validator pgae=1 refused
T
diff expected seen
