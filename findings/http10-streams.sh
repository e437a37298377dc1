#!/bin/sh
# Guess: a streamed response to an HTTP/1.0 request ends with the connection on every server. RFC 9112, section 6.1,
#   forbids Transfer-Encoding in a response to a request that is not HTTP/1.1.
# What happens: Werkzeug 3.1.9, the server of `flask run`, sends the chunks with their sizes: an HTTP/1.0 client reads
#   "6 paid, 7 shipped 0". gunicorn, waitress, uvicorn, hypercorn, granian and Node send the plain text.
# Why it matters: health checks and load testers that speak HTTP/1.0 get a garbled body in development, and the right
#   one in production.
# Source: run here; RFC 9112 section 6.1.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet flask==3.1.3 werkzeug==3.1.9 gunicorn==27.0.1 waitress==3.0.2 uvicorn==0.54.0 hypercorn==0.18.0 granian==2.8.9
cat > shop.py <<'P'
import flask

app = flask.Flask("shop")


@app.get("/")
def stream():
    return iter(["paid, ", "shipped"])


async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"paid, ", "more_body": True})
        await send({"type": "http.response.body", "body": b"shipped"})
P
cat > servers.py <<'P'
import socket
import subprocess
import time

NODE = """require("http").createServer((_, response) => { response.write("paid, "); response.end("shipped"); })"""
SERVERS = {
    "werkzeug": "venv/bin/flask --app shop run --port {port}",
    "gunicorn": "venv/bin/gunicorn -b 127.0.0.1:{port} shop:app",
    "waitress": "venv/bin/waitress-serve --listen 127.0.0.1:{port} shop:app",
    "uvicorn": "venv/bin/uvicorn --port {port} shop:asgi",
    "hypercorn": "venv/bin/hypercorn -b 127.0.0.1:{port} shop:asgi",
    "granian": "venv/bin/granian --port {port} --interface wsgi shop:app",
}


def connect(port):
    for _ in range(150):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


for name in (*SERVERS, "node"):
    port = free_port()
    command = SERVERS[name].format(port=port).split() if name in SERVERS else ["node", "-e", f"{NODE}.listen({port}, '127.0.0.1')"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(port) as client:
            client.sendall(b"GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n")
            response = b"".join(iter(lambda: client.recv(4096), b""))
    finally:
        server.terminate()
    print(name, response.partition(b"\r\n\r\n")[2], flush=True)
P
venv/bin/python servers.py | tee seen
# Seen: werkzeug b'6\r\npaid, \r\n7\r\nshipped\r\n0\r\n\r\n', and b'paid, shipped' from the other six
grep -qF "werkzeug b'6\r\npaid, \r\n7\r\nshipped\r\n0\r\n\r\n'" seen
test "$(grep -c " b'paid, shipped'$" seen)" = 6
