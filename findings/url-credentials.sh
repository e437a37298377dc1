#!/bin/sh
# Guess: a user or token in a URL, `http://token@host/`, is sent as Basic authentication by every client that takes
#   credentials in a URL, with percent-escapes decoded and an empty password if there is none.
# What happens: requests sends no Authorization header at all without a colon (`http://token@`), and the right one with
#   (`http://token:@`). tornado 6.6.1 raises an AssertionError without a text. tornado and superagent send `%40` as it
#   is, where requests, httpx, aiohttp, curl, Node's http, axios and got decode it. urllib3 and undici send neither.
# Why it matters: a webhook target or an API key written as `https://key@host` works in curl and Node, and is a request
#   without credentials in requests, which reports nothing but the 401 of the other side.
# Source: run here; WHATWG URL, "username" and "password"; RFC 7617.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5 tornado==6.6.1
npm install --silent --no-audit --no-fund undici@7.30.2 axios@1.21.1 superagent@10.4.2 got@14.6.6 >npm.log
cat > get.mjs <<'J'
const [, , name, url] = process.argv;
if (name === "http") (await import("node:http")).get(url, response => response.resume());
if (name === "undici") await (await (await import("undici")).request(url)).body.text();
if (name === "axios") await (await import("axios")).default.get(url);
if (name === "superagent") await (await import("superagent")).default.get(url);
if (name === "got") await (await import("got")).default(url);
J
cat > clients.py <<'P'
import asyncio
import base64
import socket
import subprocess
import threading

import aiohttp
import httpx
import requests
import urllib3
from tornado.httpclient import HTTPClient

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npaid"


def serve(listener, received):
    """Keep what each request sends as user and password."""
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request and (data := connection.recv(4096)):
            request += data
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"authorization: basic ")]
        received.append(base64.b64decode(lines[0].split()[-1]).decode() if lines else "no credentials")
        connection.sendall(FINAL)
        connection.close()


def with_aiohttp(url):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            await response.text()

    asyncio.run(get())


def with_command(*command):
    return lambda url: subprocess.run([*command, url], check=True, capture_output=True, timeout=20)


CLIENTS = {
    "requests": lambda url: requests.get(url, timeout=5),
    "httpx": lambda url: httpx.get(url, timeout=5),
    "aiohttp": with_aiohttp,
    "tornado": lambda url: HTTPClient().fetch(url),
    "urllib3": lambda url: urllib3.PoolManager().request("GET", url, timeout=5),
    "curl": with_command("curl", "-s"),
    **{name: with_command("node", "get.mjs", name) for name in ("http", "undici", "axios", "superagent", "got")},
}
for credentials in ("key", "key:", "me%40shop:secret"):
    for name, get in CLIENTS.items():
        received = []
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(listener, received), daemon=True).start()
        try:
            get(f"http://{credentials}@127.0.0.1:{listener.getsockname()[1]}/")
            seen = received[0]
        except Exception as error:
            seen = f"{type(error).__name__}({error})"
        print(f"{credentials} {name} -> {seen}", flush=True)
P
venv/bin/python -W ignore clients.py | tee seen
# Seen: key: `key:` from httpx, aiohttp, curl, http, axios, superagent and got, `no credentials` from requests, urllib3
#   and undici, `AssertionError()` from tornado; key: with a colon: `key:` from all but urllib3 and undici;
#   me%40shop:secret: `me@shop:secret` from seven, as it is from tornado and superagent
grep -q "^key requests -> no credentials$" seen
grep -q "^key tornado -> AssertionError()$" seen
test "$(grep -c '^key [a-z0-9]* -> key:$' seen)" = 7
grep -q "^key: requests -> key:$" seen
test "$(grep -c '^key: [a-z0-9]* -> key:$' seen)" = 9
test "$(grep -c -- '-> me@shop:secret$' seen)" = 7
test "$(grep -cE '^[^ ]+ (tornado|superagent) -> me%40shop:secret$' seen)" = 2
test "$(grep -cE '^[^ ]+ (urllib3|undici) -> no credentials$' seen)" = 6
