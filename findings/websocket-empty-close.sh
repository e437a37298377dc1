#!/bin/sh
# Guess: a close frame without a status code is a clean close that every WebSocket client reports as 1005, "no status
#   received" (RFC 6455, section 7.1.5). It is what `socket.close()` sends in a browser.
# What happens: websockets, Node's ws and undici say 1005. aiohttp 3.14.5 says 1006, the code of a connection that was
#   lost; with status 1000 in the frame it says 1000. tornado says None, as for a connection that is still open, and
#   websocket-client's on_close gets None after on_error was called.
# Why it matters: a client that reconnects on 1006 and stays away on a clean close does so for half of the clean closes.
# Source: run here; RFC 6455 sections 5.5.1 and 7.1.5.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet websocket-client==1.9.2 websockets==17.4 aiohttp==3.14.5 tornado==6.6.1
npm install --silent --no-audit --no-fund ws@8.23.0 undici@7.30.2 >npm.log
cat > node_client.js <<'J'
const [, , name, url] = process.argv;
const WebSocket = name === "ws" ? require("ws") : require("undici").WebSocket;
const socket = new WebSocket(url);
socket.addEventListener("close", event => { console.log(event.code); process.exit(0); });
socket.addEventListener("error", event => console.log("error", event.message));
J
cat > clients.py <<'P'
import asyncio
import base64
import hashlib
import socket
import subprocess
import threading

import aiohttp
import websocket
from tornado.websocket import websocket_connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
CLOSE_FRAMES = {"none": b"\x88\x00", "1000": b"\x88\x02\x03\xe8"}


def serve(listener, frame):
    """Accept each handshake, close the WebSocket, and the connection when the client has responded."""
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")]
        key = lines[0].split(b":", 1)[1].strip()
        connection.sendall(HEAD % base64.b64encode(hashlib.sha1(key + MAGIC).digest()) + frame)
        connection.recv(64)
        connection.close()


def with_websocket_client(url):
    calls = []
    app = websocket.WebSocketApp(
        url, on_close=lambda _, code, reason: calls.append(f"close {code}"), on_error=lambda *_: calls.append("error")
    )
    app.run_forever()
    return ", ".join(calls)


def with_websockets(url):
    with connect(url) as opened:
        try:
            opened.recv()
        except ConnectionClosed:
            return int(opened.close_code)


def with_aiohttp(url):
    async def receive():
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            await opened.receive()
            return int(opened.close_code)

    return asyncio.run(receive())


def with_tornado(url):
    async def receive():
        opened = await websocket_connect(url)
        assert await opened.read_message() is None
        return opened.close_code

    return asyncio.run(receive())


def with_node(name):
    def run(url):
        done = subprocess.run(["node", "node_client.js", name, url], capture_output=True, text=True, timeout=20)
        return done.stdout.strip()

    run.__name__ = f"with_{name}"
    return run


for status, frame in CLOSE_FRAMES.items():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, frame), daemon=True).start()
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    for client in (with_websockets, with_aiohttp, with_tornado, with_websocket_client, with_node("ws"), with_node("undici")):
        print(f"status {status}: {client.__name__} {client(url)}", flush=True)
P
timeout 120 venv/bin/python -W ignore clients.py | tee seen
# Seen: status none: with_websockets 1005, with_aiohttp 1006, with_tornado None, with_websocket_client error, close None,
#   with_ws 1005, with_undici 1005; status 1000: 1000 from all, from websocket-client after an error
grep -q "^status none: with_aiohttp 1006$" seen
grep -q "^status none: with_tornado None$" seen
grep -q "^status none: with_websocket_client error, close None$" seen
test "$(grep -c '^status none: .* 1005$' seen)" = 3
test "$(grep -c '^status 1000: .* 1000$' seen)" = 6
