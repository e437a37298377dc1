#!/bin/sh
# Guess: clients that undo gzip return the same text for three valid responses: gzip data of two members (RFC 1952 says
#   that a gzip file is a series of members), `Content-Encoding: deflate, gzip`, and `x-gzip`, which recipients should
#   treat as gzip (RFC 9110, section 8.4.1.3).
# What happens: no Python client returns all three. httpx and httpx2 return the first member and drop the rest without
#   an error. aiohttp returns the compressed bytes if two encodings are named. None of the five decodes x-gzip.
#   Node's fetch returns all three.
# Why it matters: a log or an export that is compressed in pieces is cut at the first piece in one client only, and what
#   a proxy decodes before it records is not what the client saw.
# Source: run here with the versions below.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet requests==2.34.2 httpx==0.28.1 httpx2==2.16.2 niquests==3.21.2 aiohttp==3.14.5
npm install --silent --no-audit --no-fund node@26.10.0 >/dev/null
cat > clients.py <<'P'
import asyncio
import gzip
import subprocess
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import httpx
import httpx2
import niquests
import requests

TEXT = b"first,second"
RESPONSES = {
    "two members": ("gzip", gzip.compress(b"first,") + gzip.compress(b"second")),
    "deflate, gzip": ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
    "x-gzip": ("x-gzip", gzip.compress(TEXT)),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        encoding, body = RESPONSES[self.headers["X-Case"]]
        self.send_response(200)
        self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


async def aiohttp_get(headers):
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return await response.read()


def fetch(headers):
    code = f"fetch('{url}', {{headers: {headers}}}).then((r) => r.text()).then((t) => process.stdout.write(t))"
    return subprocess.run(["node_modules/.bin/node", "-e", code], capture_output=True, check=True).stdout


clients = {
    "requests": lambda headers: requests.get(url, headers=headers).content,
    "niquests": lambda headers: niquests.get(url, headers=headers).content,
    "httpx": lambda headers: httpx.get(url, headers=headers).content,
    "httpx2": lambda headers: httpx2.get(url, headers=headers).content,
    "aiohttp": lambda headers: asyncio.run(aiohttp_get(headers)),
    "fetch": fetch,
}
for name, get in clients.items():
    for case in RESPONSES:
        content = get({"X-Case": case})
        print(f"{name}, {case}:", content.decode() if content.isascii() else "compressed bytes")
P
venv/bin/python clients.py | tee seen
cat > expected <<'E'
requests, two members: first,second
requests, deflate, gzip: first,second
requests, x-gzip: compressed bytes
niquests, two members: first,second
niquests, deflate, gzip: first,second
niquests, x-gzip: compressed bytes
httpx, two members: first,
httpx, deflate, gzip: first,second
httpx, x-gzip: compressed bytes
httpx2, two members: first,
httpx2, deflate, gzip: first,second
httpx2, x-gzip: compressed bytes
aiohttp, two members: first,second
aiohttp, deflate, gzip: compressed bytes
aiohttp, x-gzip: compressed bytes
fetch, two members: first,second
fetch, deflate, gzip: first,second
fetch, x-gzip: first,second
E
# Seen: what is expected.
diff seen expected
