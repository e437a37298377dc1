#!/bin/sh
# Guess: aioresponses 0.7.9, its latest release, answers a request of aiohttp 3.14.5, whose version it admits.
# What happens: the mocked request raises TypeError, since aiohttp's ClientResponse now requires an argument that
#   aioresponses does not pass. pip installs the two together without a complaint.
# Why it matters: a suite that mocks aiohttp with it fails as a whole after an upgrade, and the error names neither package.
# Source: run here; aioresponses on PyPI declares `aiohttp>=3.3,<4`.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet aiohttp==3.14.5 aioresponses==0.7.9
cat > mocked.py <<'P'
import asyncio

from aiohttp import ClientSession
from aioresponses import aioresponses


async def main():
    with aioresponses() as mocked:
        mocked.get("http://shop.example/", payload={"paid": True})
        async with ClientSession() as session, session.get("http://shop.example/") as response:
            return await response.json()


try:
    print(asyncio.run(main()))
except TypeError as error:
    print("TypeError:", error)
P
venv/bin/python mocked.py | tee seen
# Seen: TypeError: ClientResponse.__init__() missing 1 required keyword-only argument: 'stream_writer'
grep -q "^TypeError: .*'stream_writer'" seen
