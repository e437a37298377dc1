#!/bin/sh
# Guess: Django's GZipMiddleware sends a stream as one gzip body, whether the view's iterator is synchronous or asynchronous.
# What happens: Django 5.2.19 compresses each part of an asynchronous iterator by itself, so that the body has as many gzip
#   members as parts. httpx 0.28.1 returns the first part and raises nothing; requests 2.34.2, niquests 3.21.2, aiohttp 3.14.5
#   and Node's fetch return all of it.
# Why it matters: behind ASGI a client with httpx gets the first of many events, or the first rows of an export, as if it
#   were all, and the same view behind WSGI is read in full.
# Source: run here; RFC 1952, section 2.2: members follow one another.
set -eu
folder=$(mktemp -d); trap 'kill "$server" 2> /dev/null || true; rm -rf "$folder"' EXIT; server=; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q django==5.2.19 uvicorn==0.54.0 httpx==0.28.1 requests==2.34.2 niquests==3.21.2 aiohttp==3.14.5 2> pip.log
cat > streaming.py <<'P'
import asyncio
import socket

import django
import uvicorn
from django.conf import settings

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=["django.middleware.gzip.GZipMiddleware"])
django.setup()

from django.core.asgi import get_asgi_application
from django.http import StreamingHttpResponse
from django.urls import path


async def parts():
    for word in ("one ", "two ", "three"):
        yield word
        await asyncio.sleep(0)


def stream(request):
    return StreamingHttpResponse(parts(), content_type="text/plain")


urlpatterns = [path("", stream)]

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], file=open("port", "w"), flush=True)
    uvicorn.Server(uvicorn.Config(get_asgi_application(), log_level="error", lifespan="off")).run([listener])
P
venv/bin/python streaming.py 2> errors & server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
cat > clients.py <<'P'
import asyncio
import sys

import aiohttp
import httpx
import niquests
import requests

url = sys.argv[1]
headers = {"Accept-Encoding": "gzip"}


async def read():
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return await response.text()


raw = requests.get(url, headers=headers, stream=True).raw.read(decode_content=False)
print("members:", raw.count(b"\x1f\x8b\x08"))
print("requests:", requests.get(url, headers=headers).text)
print("niquests:", niquests.get(url, headers=headers).text)
print("aiohttp:", asyncio.run(read()))
print("httpx:", httpx.get(url, headers=headers).text)
P
url="http://127.0.0.1:$(cat port)/"
venv/bin/python clients.py "$url" > seen
node -e 'fetch(process.argv[1], { headers: { "Accept-Encoding": "gzip" } }).then((response) => response.text())
  .then((text) => console.log(`fetch: ${text}`))' "$url" >> seen
cat seen
cat > expected <<'T'
members: 3
requests: one two three
niquests: one two three
aiohttp: one two three
T
printf 'httpx: one \nfetch: one two three\n' >> expected
diff expected seen
