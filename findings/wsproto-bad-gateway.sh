#!/bin/sh
# Guess: the close code 1014, "bad gateway", which IANA registers beside 1012 and 1013, reaches every WebSocket client.
# What happens: wsproto 1.3.2 takes it for a violation of the protocol, so httpx-ws reports 1002 with "CLOSE with unknown
#   reserved code". websockets, aiohttp, tornado and websocket-client report 1014. 1012 and 1013 reach all of them.
# Why it matters: a proxy that closes with 1014 while its backend is away is reported as a broken server, and a client
#   that reconnects on 1012 to 1014 does not.
# Source: run here; IANA's registry "WebSocket Close Code Number".
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet websocket-client==1.9.2 websockets==17.4 aiohttp==3.14.5 tornado==6.6.1 httpx==0.28.1 httpx-ws==0.9.0 wsproto==1.3.2
cat > clients.py <<'P'
import asyncio
import base64
import hashlib
import socket
import struct
import threading

import aiohttp
import websocket
from httpx_ws import WebSocketDisconnect, connect_ws
from tornado.websocket import websocket_connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"


def serve(listener, code):
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")]
        accept = base64.b64encode(hashlib.sha1(lines[0].split(b":", 1)[1].strip() + MAGIC).digest())
        connection.sendall(HEAD % accept + b"\x88\x02" + struct.pack("!H", code))
        connection.recv(64)
        connection.close()


def with_websockets(url):
    with connect(url) as opened:
        try:
            opened.recv()
        except ConnectionClosed:
            return int(opened.close_code)


def with_aiohttp(url):
    async def receive():
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            return (await opened.receive()).data

    return asyncio.run(receive())


def with_tornado(url):
    async def receive():
        opened = await websocket_connect(url)
        await opened.read_message()
        return opened.close_code

    return asyncio.run(receive())


def with_websocket_client(url):
    _, payload = websocket.create_connection(url, timeout=5).recv_data()
    return struct.unpack("!H", payload)[0]


def with_httpx_ws(url):
    with connect_ws(url.replace("ws:", "http:")) as opened:
        try:
            opened.receive(timeout=5)
        except WebSocketDisconnect as closed:
            return f"{int(closed.code)} {closed.reason or ''}".strip()


for code in (1012, 1013, 1014):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, code), daemon=True).start()
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    for client in (with_websockets, with_aiohttp, with_tornado, with_websocket_client, with_httpx_ws):
        print(f"{code}: {client.__name__} {client(url)}", flush=True)
P
timeout 120 venv/bin/python -W ignore clients.py | tee seen
# Seen: the code that was sent, but for `1014: with_httpx_ws 1002 CLOSE with unknown reserved code`
test "$(grep -cE '^(1012|1013|1014): with_[a-z_]+ \1$' seen)" = 14
grep -q "^1014: with_httpx_ws 1002 CLOSE with unknown reserved code$" seen
