#!/bin/sh
# Guess: a WebSocket client that offers a subprotocol to a server that selects none opens the connection without one:
#   RFC 6455, section 4.1, lists a subprotocol that was not offered as a failure, and no selected one as fine.
# What happens: websocket-client, Node's ws and undici fail the connection, the last two as the WHATWG standard of
#   browsers asks. websockets, aiohttp, httpx-ws and tornado open it. So two standards differ, and clients with them.
# Why it matters: a client that passes a subprotocol "to be safe" opens in tests written in Python, and never in a
#   browser; websocket-client says only "Invalid WebSocket Header".
# Source: run here; RFC 6455 section 4.1; WHATWG WebSockets, "establish a WebSocket connection".
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet websocket-client==1.9.2 websockets==17.4 aiohttp==3.14.5 httpx==0.28.1 httpx-ws==0.9.0 tornado==6.6.1
npm install --silent --no-audit --no-fund ws@8.23.0 undici@7.30.2 >npm.log
cat > node_client.js <<'J'
const [, , name, url] = process.argv;
const WebSocket = name === "ws" ? require("ws") : require("undici").WebSocket;
const socket = new WebSocket(url, ["v1.shop"]);
socket.addEventListener("message", event => { console.log("received", event.data); process.exit(0); });
socket.addEventListener("close", event => { console.log("closed", event.code); process.exit(0); });
socket.addEventListener("error", () => {});
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
from httpx_ws import connect_ws
from tornado.websocket import websocket_connect
from websockets.sync.client import connect

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
OFFERED = ["v1.shop"]


def serve(listener):
    """Accept each handshake without a subprotocol, and send one text message."""
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request and (data := connection.recv(4096)):
            request += data
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")]
        key = lines[0].split(b":", 1)[1].strip()
        connection.sendall(HEAD % base64.b64encode(hashlib.sha1(key + MAGIC).digest()) + b"\x81\x02hi")


def with_websocket_client(url):
    return websocket.create_connection(url, timeout=5, subprotocols=OFFERED).recv()


def with_websockets(url):
    connection = connect(url, subprotocols=OFFERED, close_timeout=0.1)
    with connection as opened:
        return opened.recv(timeout=5)


def with_aiohttp(url):
    async def receive():
        async with aiohttp.ClientSession() as session:
            opened = await session.ws_connect(url, protocols=OFFERED)
            return (await opened.receive(timeout=5)).data

    return asyncio.run(receive())


def with_httpx_ws(url):
    with connect_ws(url.replace("ws:", "http:"), subprotocols=OFFERED) as opened:
        return opened.receive_text(timeout=5)


def with_tornado(url):
    async def receive():
        return await (await websocket_connect(url, subprotocols=OFFERED)).read_message()

    return asyncio.run(receive())


def with_node(name):
    def run(url):
        done = subprocess.run(["node", "node_client.js", name, url], capture_output=True, text=True, timeout=20)
        return done.stdout.strip().removeprefix("received ")

    run.__name__ = f"with_{name}"
    return run


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
python_clients = (with_websocket_client, with_websockets, with_aiohttp, with_httpx_ws, with_tornado)
for client in (*python_clients, with_node("ws"), with_node("undici")):
    try:
        seen = client(url)
    except Exception as error:
        seen = f"{type(error).__name__}: {error}"
    print(client.__name__, seen, flush=True)
P
timeout 120 venv/bin/python -W ignore clients.py | tee seen
# Seen: `hi` from websockets, aiohttp, httpx_ws and tornado;
#   `with_websocket_client WebSocketException: Invalid WebSocket Header`, `with_ws closed 1006`, `with_undici closed 1006`
test "$(grep -c ' hi$' seen)" = 4
grep -q "^with_websocket_client WebSocketException" seen
test "$(grep -c ' closed 1006$' seen)" = 2
