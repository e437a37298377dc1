#!/bin/sh
# Guess: clients send the path and query of a valid URL as they are written, or all normalise them alike.
# What happens: for http://HOST/%7Ea%2fb requests 2.34.2, niquests 3.21.2 and aiohttp 3.14.5 send /~a%2Fb, httpx 0.28.1 sends
#   /%7Ea%2fb. For /a/../c niquests sends the dots, the others remove them.
# Why it matters: a recording made with one client does not match the requests of another if targets are compared as text, and
#   a signature over the target fails. RFC 3986 calls the forms equivalent (6.2.2), so whoever compares has to normalise.
# Source: RFC 3986, section 6.2.2; run here against a socket that returns the first line that it gets.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet requests==2.34.2 httpx==0.28.1 niquests==3.21.2 aiohttp==3.14.5
cat > targets.py <<'P'
import asyncio
import socketserver
import sys
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        target = self.rfile.readline().split()[1]
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; charset=ascii\r\nContent-Length: %d\r\n\r\n" % len(target) + target)


async def with_aiohttp(url):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.text()


def send(client, url):
    return asyncio.run(with_aiohttp(url)) if client == "aiohttp" else __import__(client).get(url).text


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for path in ("/%7Ea%2fb", "/a/../c"):
        url = f"http://127.0.0.1:{server.server_address[1]}{path}"
        print(path, *(f"{client}={send(client, url)}" for client in ("requests", "httpx", "niquests", "aiohttp")))
    server.shutdown()
P
venv/bin/python targets.py | tee seen
# Seen: /%7Ea%2fb requests=/~a%2Fb httpx=/%7Ea%2fb niquests=/~a%2Fb aiohttp=/~a%2Fb
#       /a/../c requests=/c httpx=/c niquests=/a/../c aiohttp=/c
grep -q '^/%7Ea%2fb requests=/~a%2Fb httpx=/%7Ea%2fb niquests=/~a%2Fb aiohttp=/~a%2Fb$' seen
grep -q '^/a/\.\./c requests=/c httpx=/c niquests=/a/\.\./c aiohttp=/c$' seen
