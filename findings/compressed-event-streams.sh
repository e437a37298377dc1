#!/bin/sh
# Guess: what compresses responses leaves Server-Sent Events alone, or sends each event when it is written.
# What happens: aiohttp 3.14.5 (enable_compression), compression 1.8.2 of Express, koa-compress 5.2.2 and http-compression 1.1.3
#   compress them and send the first event when the stream ends. starlette 1.10.0, flask-compress 1.25, @fastify/compress 9.2.0
#   and hono 4.13.19 leave them alone; brotli-asgi 1.7.0, zstd-asgi 1.0 and starlette-compress 2.0.0 compress and send each.
# Why it matters: a stream without an end shows nothing at all, and only to clients that accept gzip: a browser, but not curl.
# Source: run here. compression's README names flush() for this.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q aiohttp==3.14.5 starlette==1.10.0 uvicorn==0.54.0 brotli-asgi==1.7.0 zstd-asgi==1.0 \
  starlette-compress==2.0.0 flask==3.1.3 flask-compress==1.25 werkzeug==3.1.9 2> pip.log
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund express@5.3.0 compression@1.8.2 koa@3.3.0 koa-compress@5.2.2 fastify@5.12.8 \
  @fastify/compress@9.2.0 hono@4.13.19 @hono/node-server@2.1.9 http-compression@1.1.3 > npm.log
cat > serve.py <<'P'
import asyncio
import sys
import time

name, port = sys.argv[1], int(sys.argv[2])
EVENTS = ["data: one\n\n", "data: two\n\n"]


async def events():
    for event in EVENTS:
        yield event
        await asyncio.sleep(1)


if name == "aiohttp":
    from aiohttp import web

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.enable_compression()
        await response.prepare(request)
        async for event in events():
            await response.write(event.encode())
        return response

    app = web.Application()
    app.router.add_get("/", stream)
    web.run_app(app, host="127.0.0.1", port=port, print=None)
elif name == "flask-compress":
    from flask import Flask, Response
    from flask_compress import Compress
    from werkzeug.serving import run_simple

    app = Flask("app")
    Compress(app)

    def slowly():
        for event in EVENTS:
            yield event
            time.sleep(1)

    app.add_url_rule("/", "stream", lambda: Response(slowly(), content_type="text/event-stream"))
    run_simple("127.0.0.1", port, app, threaded=True)
else:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    if name == "starlette":
        from starlette.middleware.gzip import GZipMiddleware as Compression
    elif name == "brotli-asgi":
        from brotli_asgi import BrotliMiddleware as Compression
    elif name == "zstd-asgi":
        from zstd_asgi import ZstdMiddleware as Compression
    else:
        from starlette_compress import CompressMiddleware as Compression

    async def stream(request):
        return StreamingResponse(events(), media_type="text/event-stream")

    app = Starlette(routes=[Route("/", stream)], middleware=[Middleware(Compression)])
    uvicorn.run(app, port=port, log_level="error")
P
cat > serve.mjs <<'J'
import http from "node:http";
import { Readable } from "node:stream";

const [, , name, port] = process.argv;
const type = "text/event-stream";
const wait = () => new Promise((resolve) => setTimeout(resolve, 1000));
async function* events() {
  for (const event of ["data: one\n\n", "data: two\n\n"]) {
    yield event;
    await wait();
  }
}
const write = async (request, response) => {
  response.writeHead(200, { "Content-Type": type });
  for await (const event of events()) response.write(event);
  response.end();
};
if (name === "express") {
  const { default: express } = await import("express");
  const { default: compression } = await import("compression");
  express().use(compression()).get("/", write).listen(port, "127.0.0.1");
} else if (name === "koa-compress") {
  const { default: Koa } = await import("koa");
  const { default: compress } = await import("koa-compress");
  new Koa().use(compress()).use((context) => {
    context.type = type;
    context.body = Readable.from(events());
  }).listen(port, "127.0.0.1");
} else if (name === "fastify") {
  const { default: fastify } = await import("fastify");
  const app = fastify();
  await app.register(await import("@fastify/compress"));
  app.get("/", (request, reply) => reply.type(type).send(Readable.from(events())));
  await app.listen({ port: Number(port), host: "127.0.0.1" });
} else if (name === "hono") {
  const { Hono } = await import("hono");
  const { compress } = await import("hono/compress");
  const { streamSSE } = await import("hono/streaming");
  const { serve } = await import("@hono/node-server");
  const app = new Hono().use(compress()).get("/", (context) => streamSSE(context, async (stream) => {
    for (const data of ["one", "two"]) {
      await stream.writeSSE({ data });
      await wait();
    }
  }));
  serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
} else {
  const { default: compression } = await import("http-compression");
  const middleware = compression({ threshold: 1 });
  http.createServer((request, response) => middleware(request, response, () => write(request, response)))
    .listen(port, "127.0.0.1");
}
J
cat > clients.py <<'P'
import http.client
import socket
import subprocess
import sys
import time

PYTHON = ["aiohttp", "flask-compress", "starlette", "brotli-asgi", "zstd-asgi", "starlette-compress"]
NODE = ["express", "koa-compress", "http-compression", "fastify", "hono"]
CODINGS = {"brotli-asgi": "br", "zstd-asgi": "zstd"}
for name in PYTHON + NODE:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "serve.py"] if name in PYTHON else ["node", "serve.mjs"]
    process = subprocess.Popen([*command, name, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/", headers={"Accept-Encoding": CODINGS.get(name, "gzip")})
    response = connection.getresponse()
    seen = b""
    started = time.monotonic()
    while time.monotonic() - started < 0.6:  # the second event comes after a second
        connection.sock.settimeout(0.3) if connection.sock else None
        try:
            seen += response.read1(4096)
        except TimeoutError:
            break
    body = len(seen) > 10  # more than the head of a gzip file
    print(f"{name}: {response.getheader('Content-Encoding')}, {'each event' if body else 'held back'}")
    process.kill()
    process.wait()
P
venv/bin/python clients.py > seen
cat seen
cat > expected <<'T'
aiohttp: gzip, held back
flask-compress: None, each event
starlette: None, each event
brotli-asgi: br, each event
zstd-asgi: zstd, each event
starlette-compress: gzip, each event
express: gzip, held back
koa-compress: gzip, held back
http-compression: gzip, held back
fastify: None, each event
hono: None, each event
T
diff expected seen
