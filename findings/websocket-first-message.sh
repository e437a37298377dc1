#!/bin/sh
# Guess: a message that a server sends right behind its handshake response is received by every WebSocket client.
# What happens: simple-websocket 1.1.0 holds it back while nothing else comes: `receive(timeout=2)` returns None. It is
#   delivered when the server sends something more. The same message 0.2 s later is received at once, and the other
#   clients receive it either way.
# Why it matters: a greeting ("welcome", a session id) often shares a TCP segment with the handshake, so a client hangs
#   or not by chance, and Flask-Sock's own tests use this client.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet simple-websocket==1.1.0 websocket-client==1.9.2 websockets==17.4
cat > clients.py <<'P'
import base64
import hashlib
import socket
import threading
import time

import simple_websocket
import websocket
from websockets.sync.client import connect

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
WELCOME, SECOND = b"\x81\x07welcome", b"\x81\x06second"


def serve(listener, late):
    """Accept each handshake, welcome the client with it or a little later, and send a second message after 3 s."""
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")]
        head = HEAD % base64.b64encode(hashlib.sha1(lines[0].split(b":", 1)[1].strip() + MAGIC).digest())
        if late:
            connection.sendall(head)
            time.sleep(0.2)
            connection.sendall(WELCOME)
        else:
            connection.sendall(head + WELCOME)
        threading.Timer(3, connection.sendall, (SECOND,)).start()


def with_simple_websocket(url):
    opened = simple_websocket.Client.connect(url)
    return [opened.receive(timeout=2), opened.receive(timeout=5)]


def with_websocket_client(url):
    opened = websocket.create_connection(url, timeout=5)
    return [opened.recv(), opened.recv()]


def with_websockets(url):
    with connect(url, close_timeout=0.1) as opened:
        return [opened.recv(timeout=2), opened.recv(timeout=5)]


for late in (False, True):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, late), daemon=True).start()
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    for client in (with_simple_websocket, with_websocket_client, with_websockets):
        print("late" if late else "with the handshake", client.__name__, client(url), flush=True)
P
timeout 120 venv/bin/python -W ignore clients.py | tee seen
# Seen: `with the handshake with_simple_websocket [None, 'welcome']`, and ['welcome', 'second'] in the other five
grep -q "^with the handshake with_simple_websocket \[None, 'welcome'\]$" seen
test "$(grep -c "\['welcome', 'second'\]" seen)" = 5
