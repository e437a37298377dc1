#!/bin/sh
# Guess: when nothing listens at a host, Node's error says so: `connect ECONNREFUSED 127.0.0.1:9`.
# What happens: if the host has two addresses, as localhost and most services have, `error.message` is empty and
#   `String(error)` is "AggregateError" (since Node 20, which tries the addresses in turn). The texts are in
#   `error.errors`; `error.code` is as before. axios 1.21.1 joins them with "; ". Seen with Node 20.20.2.
# Why it matters: logs and alerts that print `error.message`, and retry rules that search it for ECONNREFUSED, see an
#   empty text, on dual-stack hosts only, so not in tests against 127.0.0.1.
# Source: run here; Node's documentation of `autoSelectFamily`.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund axios@1.21.1 >npm.log
cat > get.js <<'J'
const http = require("http");
const axios = require("axios");

const hosts = {
  "one address": [{ address: "127.0.0.1", family: 4 }],
  "two addresses": [{ address: "127.0.0.1", family: 4 }, { address: "127.0.0.2", family: 4 }],
};
const lookupOf = addresses => (host, options, callback) =>
  options.all ? callback(null, addresses) : callback(null, addresses[0].address, addresses[0].family);

(async () => {
  for (const [name, addresses] of Object.entries(hosts)) {
    const agent = new http.Agent({ lookup: lookupOf(addresses) });
    const error = await new Promise(resolve => http.get({ host: "shop.example", port: 9, agent }).on("error", resolve));
    console.log(`http, ${name}: ${String(error)} | ${error.message} | ${error.code}`);
    const wrapped = await axios.get("http://shop.example:9/", { httpAgent: agent, proxy: false }).catch(failed => failed);
    console.log(`axios, ${name}: ${String(wrapped)} | ${wrapped.message} | ${wrapped.code}`);
  }
})();
J
node get.js | tee seen
# Seen: http, one address: Error: connect ECONNREFUSED 127.0.0.1:9 | connect ECONNREFUSED 127.0.0.1:9 | ECONNREFUSED
#   http, two addresses: AggregateError |  | ECONNREFUSED; axios has both texts
grep -qF "http, one address: Error: connect ECONNREFUSED 127.0.0.1:9 | connect ECONNREFUSED 127.0.0.1:9 | ECONNREFUSED" seen
grep -qF "http, two addresses: AggregateError |  | ECONNREFUSED" seen
grep -qF "axios, two addresses: AggregateError: connect ECONNREFUSED 127.0.0.1:9; connect ECONNREFUSED 127.0.0.2:9 |" seen
