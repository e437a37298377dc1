#!/bin/sh
# Guess: `new WebSocketServer({server, path: "/ws"})` beside an Express application answers WebSocket handshakes at /ws,
#   and every other request reaches Express. A server may ignore an Upgrade header (RFC 9110, section 7.8).
# What happens: each request that offers HTTP/2 by `Upgrade: h2c` gets 400 "Invalid Upgrade header" from ws 8.23.0, on
#   every path. Java's own HttpClient offers it by default on http:// addresses, and `curl --http2` does.
# Why it matters: adding one WebSocket to a service locks Java clients out of its whole HTTP API, with an error that
#   does not come from the application and is in none of its logs. `version(HTTP_1_1)` on the client mends it.
# Source: run here; Node's documentation of the event "upgrade": with a listener, each request with Upgrade goes to it.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"; kill "$server" 2>/dev/null || true' EXIT; cd "$folder"; server=
npm install --silent --no-audit --no-fund express@5.3.0 ws@8.23.0 >npm.log
cat > server.js <<'J'
const app = require("express")();
app.get("/", (request, response) => response.send("hello"));
const server = require("http").createServer(app);
if (process.argv[2] === "ws") new (require("ws").WebSocketServer)({ server, path: "/ws" });
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
J
for kind in plain ws; do
  node server.js $kind > port & server=$!
  until [ -s port ]; do sleep 0.1; done
  url="http://127.0.0.1:$(cat port)/"
  printf '%s without offer: ' $kind; curl -s "$url"; echo
  printf '%s with offer: ' $kind; curl -s --http2 "$url"; echo
  kill $server; wait $server || true; rm port
done | tee seen
# Seen: plain without offer: hello, plain with offer: hello, ws without offer: hello,
#   ws with offer: Invalid Upgrade header
grep -q "^plain with offer: hello$" seen
grep -q "^ws without offer: hello$" seen
grep -q "^ws with offer: Invalid Upgrade header$" seen
