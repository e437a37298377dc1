#!/bin/sh
# Guess: a client that keeps connections open reads the server's `Keep-Alive: timeout=2`, and does not use a
#   connection again after that time. The clients of Node do, whichever agent they use.
# What happens: fetch, undici and Node's global agent do. An agent made with `new http.Agent({keepAlive: true})` reads
#   the header only if it has a `timeout` of its own that is longer; without one it uses the old connection, as
#   requests, httpx, httpx2, niquests and aiohttp do.
# Why it matters: a Node server closes an idle connection after five seconds and says so in this header. A client that
#   does not read it now and then sends a request just when the connection is closed, and gets ECONNRESET or
#   "connection aborted". The usual advice, an agent with keepAlive, turns the protection of the global agent off.
# Source: run here with Node 26.10.0 and the versions below.
set -eu
folder=$(mktemp -d); trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT; server=; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet requests==2.34.2 httpx==0.28.1 httpx2==2.16.2 niquests==3.21.2 aiohttp==3.14.5
npm install --silent --no-audit --no-fund node@26.10.0 undici@7.30.2 >/dev/null
cat > server.py <<'P'
import socket
import threading


def respond(connection, number):
    """Respond with the number of the connection, which stays open."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
        while b"\r\n\r\n" in data:
            data = data.partition(b"\r\n\r\n")[2]
            head = f"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=2\r\nContent-Length: {len(number)}"
            connection.sendall(f"{head}\r\n\r\n{number}".encode())


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
for count in range(100):
    connection, _ = listener.accept()
    threading.Thread(target=respond, args=(connection, str(count)), daemon=True).start()
P
cat > clients.py <<'P'
import asyncio
import sys
import time

import aiohttp
import httpx
import httpx2
import niquests
import requests

URL = sys.argv[1]


def report(name, first, second):
    print(f"{name}: {'same connection' if first == second else 'new connection'}")


clients = {"requests": requests.Session(), "niquests": niquests.Session(), "httpx": httpx.Client(), "httpx2": httpx2.Client()}
before = {name: client.get(URL).text for name, client in clients.items()}
time.sleep(2.5)
for name, client in clients.items():
    report(name, before[name], client.get(URL).text)


async def aiohttp_client():
    async with aiohttp.ClientSession() as session:
        texts = []
        for pause in (2.5, 0):
            async with session.get(URL) as response:
                texts.append(await response.text())
            await asyncio.sleep(pause)
        report("aiohttp", *texts)


asyncio.run(aiohttp_client())
P
cat > clients.mjs <<'J'
import http from "node:http";
import { request } from "undici";

const url = process.argv[2];
const get = (agent) => () => new Promise((resolve, reject) => {
  http.get(url, { agent }, (response) => {
    let text = "";
    response.on("data", (piece) => { text += piece; }).on("end", () => resolve(text));
  }).on("error", reject);
});
const clients = {
  "fetch": async () => (await fetch(url)).text(),
  "undici": async () => (await request(url)).body.text(),
  "http.globalAgent": get(http.globalAgent),
  "new http.Agent({keepAlive: true})": get(new http.Agent({ keepAlive: true })),
  "new http.Agent({keepAlive: true, timeout: 60000})": get(new http.Agent({ keepAlive: true, timeout: 60000 })),
};
const before = {};
for (const [name, send] of Object.entries(clients)) before[name] = await send();
await new Promise((resolve) => setTimeout(resolve, 2500));
for (const [name, send] of Object.entries(clients)) {
  console.log(`${name}: ${before[name] === await send() ? "same" : "new"} connection`);
}
process.exit(0);
J
venv/bin/python server.py > port & server=$!
while ! [ -s port ]; do sleep 0.1; done
url="http://127.0.0.1:$(cat port)/"
{ node_modules/.bin/node clients.mjs "$url"; venv/bin/python clients.py "$url"; } | tee seen
cat > expected <<'E'
fetch: new connection
undici: new connection
http.globalAgent: new connection
new http.Agent({keepAlive: true}): same connection
new http.Agent({keepAlive: true, timeout: 60000}): new connection
requests: same connection
niquests: same connection
httpx: same connection
httpx2: same connection
aiohttp: same connection
E
# Seen: what is expected.
diff seen expected
