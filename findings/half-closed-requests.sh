#!/bin/sh
# Guess: a client that sends a whole request and then closes its sending side, as `printf ... | nc -N` does, gets its
#   response from every server: the request is complete, and TCP lets the other direction stay open.
# What happens: gunicorn, waitress, werkzeug, cheroot and hypercorn respond. uvicorn, granian, daphne, aiohttp, tornado
#   and Node take the end of the input for the end of the client: the connection is closed without a byte, although the
#   handler runs. It is not the asyncio servers against the threaded ones: hypercorn is one of the former.
# Why it matters: a smoke test with nc or a small socket script sees an empty response from half of the servers, and a
#   test double that responds hides that from whoever uses it in place of a Node service.
# Source: run here with Node 26.10.0 and the versions below; half-closed connections are RFC 9293, section 3.6.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet gunicorn==27.0.1 waitress==3.0.2 werkzeug==3.1.9 cheroot==11.1.2 hypercorn==0.18.0 \
  uvicorn==0.54.0 granian==2.8.9 daphne==4.2.3 aiohttp==3.14.5 tornado==6.6.1
npm install --silent --no-audit --no-fund node@26.10.0 >/dev/null
cat > apps.py <<'P'
"""The same application for each kind of server: it responds with `ok` after a fifth of a second."""

import asyncio
import sys
import time


def wsgi(environ, start_response):
    time.sleep(0.2)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


def run_werkzeug(port):
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", port, wsgi)


def run_cheroot(port):
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), wsgi).start()


def run_aiohttp(port):
    from aiohttp import web

    async def respond(request):
        await asyncio.sleep(0.2)
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/", respond)
    web.run_app(app, host="127.0.0.1", port=port, print=None)


def run_tornado(port):
    from tornado.web import Application, RequestHandler

    class Handler(RequestHandler):
        async def get(self):
            await asyncio.sleep(0.2)
            self.write("ok")

    async def main():
        Application([("/", Handler)]).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(main())


if __name__ == "__main__":
    globals()[f"run_{sys.argv[1]}"](int(sys.argv[2]))
P
cat > ask.py <<'P'
import socket
import subprocess
import time

NODE = "require('http').createServer((q, r) => setTimeout(() => r.end('ok'), 200)).listen(PORT, '127.0.0.1')"
COMMANDS = {
    "gunicorn": "gunicorn -b 127.0.0.1:PORT apps:wsgi",
    "waitress": "waitress-serve --listen 127.0.0.1:PORT apps:wsgi",
    "werkzeug": "python apps.py werkzeug PORT",
    "cheroot": "python apps.py cheroot PORT",
    "hypercorn": "hypercorn -b 127.0.0.1:PORT apps:asgi",
    "uvicorn": "uvicorn --lifespan off --port PORT apps:asgi",
    "granian": "granian --interface asginl --port PORT apps:asgi",
    "daphne": "daphne -p PORT apps:asgi",
    "aiohttp": "python apps.py aiohttp PORT",
    "tornado": "python apps.py tornado PORT",
    "node": "node -e",
}


def connected(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def response(port, half_closed):
    with connected(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        if half_closed:
            client.shutdown(socket.SHUT_WR)
        data = b""
        while piece := client.recv(65536):
            data += piece
    return data.partition(b"\r\n")[0].split(b" ")[1].decode() if data else "nothing"


for name, command in COMMANDS.items():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command.split()]
    words[0] = f"node_modules/.bin/{words[0]}" if name == "node" else f"venv/bin/{words[0]}"
    words += [NODE.replace("PORT", str(port))] if name == "node" else []
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        print(f"{name}: {response(port, False)}, half closed: {response(port, True)}", flush=True)
    finally:
        server.terminate()
        server.wait()
P
venv/bin/python ask.py | tee seen
cat > expected <<'E'
gunicorn: 200, half closed: 200
waitress: 200, half closed: 200
werkzeug: 200, half closed: 200
cheroot: 200, half closed: 200
hypercorn: 200, half closed: 200
uvicorn: 200, half closed: nothing
granian: 200, half closed: nothing
daphne: 200, half closed: nothing
aiohttp: 200, half closed: nothing
tornado: 200, half closed: nothing
node: 200, half closed: nothing
E
# Seen: what is expected.
diff seen expected
