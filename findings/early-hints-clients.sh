#!/bin/sh
# Guess: every HTTP client skips the interim responses 102 and 103 and returns the final response, as RFC 9110,
#   section 15.2, asks of a client even if it does not expect one.
# What happens: requests 2.34.2 returns the interim response: status 103, its headers, an empty body, no error. The
#   final response is never read. urllib raises HTTPError. httpx, aiohttp, tornado and Node return the final one.
# Why it matters: `raise_for_status()` passes and `.ok` is true on 103, so a client of a service behind a CDN that
#   sends hints takes an empty body for success.
# Source: run here; RFC 9110 section 15.2; python/cpython issue 42550: http.client skips 100 alone.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5 tornado==6.6.1
cat > clients.py <<'P'
import asyncio
import socket
import subprocess
import threading
import urllib.request

import aiohttp
import httpx
import requests
from tornado.httpclient import HTTPClient

INTERIM = {
    100: b"HTTP/1.1 100 Continue\r\n\r\n",
    102: b"HTTP/1.1 102 Processing\r\n\r\n",
    103: b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
}
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npaid"
NODE = """require("http").get(process.argv[1], r => r.on("data", body => console.log(`${r.statusCode} ${body}`)))"""


def serve(listener, interim):
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        connection.sendall(interim + FINAL)
        connection.close()


def with_requests(url):
    response = requests.get(url, timeout=5)
    response.raise_for_status()
    return f"{response.status_code} {response.text}"


def with_urllib(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return f"{response.status} {response.read().decode()}"


def with_httpx(url):
    response = httpx.get(url, timeout=5)
    return f"{response.status_code} {response.text}"


def with_aiohttp(url):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return f"{response.status} {await response.text()}"

    return asyncio.run(get())


def with_tornado(url):
    response = HTTPClient().fetch(url)
    return f"{response.code} {response.body.decode()}"


def with_node(url):
    return subprocess.run(["node", "-e", NODE, url], capture_output=True, text=True, timeout=20).stdout.strip()


for status, interim in INTERIM.items():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, interim), daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    for client in (with_requests, with_urllib, with_httpx, with_aiohttp, with_tornado, with_node):
        try:
            seen = client(url)
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"
        print(status, client.__name__, seen.strip())
P
venv/bin/python clients.py | tee seen
# Seen: 200 paid from all after 100; after 103: `with_requests 103`, `with_urllib HTTPError: HTTP Error 103: Early Hints`,
#   and `200 paid` from the other four.
test "$(grep -c '^100 .* 200 paid$' seen)" = 6
for status in 102 103; do
  grep -q "^$status with_requests $status$" seen
  grep -q "^$status with_urllib HTTPError: HTTP Error $status" seen
  test "$(grep -c "^$status .* 200 paid$" seen)" = 4
done
