#!/bin/sh
# Guess: clients of Server-Sent Events read a stream as the standard says: an event without an id has that of the last one;
#   comments, and blocks without `data`, are no events; what is not ended by an empty line is dropped.
# What happens: only eventsource 5.1.5 does all of it. httpx-sse 0.4.3 reports blocks without data. sseclient-py 1.9.0,
#   launchdarkly-eventsource 1.7.4, aiosseclient 0.1.8 and eventsource-parser 4.1.3 have no id for the second event;
#   sseclient-py reports half an event at the end of the stream. @microsoft/fetch-event-source 2.0.1 reports a comment as a
#   message with empty data. fetch-event-stream 0.1.6 makes a number of the id "7".
# Why it matters: a client that resumes with the id of its last event starts anew; one that parses `data` as JSON fails at
#   each keep-alive comment, or takes a cut event for a whole one. A server is safe that gives every event an id that is no
#   number, and sends an event where it could send a comment.
# Source: run here; section "Server-sent events" of the HTML standard.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q httpx==0.28.1 httpx-sse==0.4.3 requests==2.34.2 sseclient-py==1.9.0 launchdarkly-eventsource==1.7.4 \
  aiosseclient==0.1.8 2> pip.log
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund eventsource@5.1.5 eventsource-parser@4.1.3 fetch-event-stream@0.1.6 \
  @microsoft/fetch-event-source@2.0.1 > npm.log
cat > server.py <<'P'
import http.server
import threading

STREAMS = [
    b"id: 7\ndata: a\n\ndata: b\n\n",
    b": keep-alive\n\ndata: a\n\n",
    b"id: x\n\ndata: a\n\n",
    b"data: a\n\ndata: half",
]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(STREAMS[int(self.path[1:])])

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}/"
P
cat > clients.py <<'P'
import asyncio
import json
import os
import subprocess

import aiosseclient
import httpx
import httpx_sse
import ld_eventsource
import ld_eventsource.config
import requests
import sseclient
from server import STREAMS, URL


def read_httpx_sse(url):
    with httpx.Client() as client, httpx_sse.connect_sse(client, "GET", url) as source:
        return [[event.data, event.id] for event in source.iter_sse()]


def read_sseclient_py(url):
    client = sseclient.SSEClient(requests.get(url, stream=True))
    return [[event.data, event.id] for event in client.events()]


def read_launchdarkly(url):
    strategy = ld_eventsource.config.ErrorStrategy.always_fail()
    found = []
    with ld_eventsource.SSEClient(connect=url, error_strategy=strategy) as client:
        try:
            found.extend([event.data, event.id] for event in client.events)
        except Exception:  # the stream has ended
            pass
    return found


def read_aiosseclient(url):
    async def read():
        return [[event.data, event.id] async for event in aiosseclient.aiosseclient(url)]

    return asyncio.run(read())


for name, read in list(globals().items()):
    if name.startswith("read_"):
        print(f"{name[5:]}:", *(json.dumps(read(URL + str(number))) for number in range(len(STREAMS))), flush=True)
subprocess.run(["node", "clients.mjs", URL], check=True)
P
cat > clients.mjs <<'J'
import { createParser } from "eventsource-parser";
import { EventSource } from "eventsource";
import { events } from "fetch-event-stream";
import { fetchEventSource } from "@microsoft/fetch-event-source";

const clients = {
  eventsource: (url) => new Promise((resolve) => {
    const found = [];
    const source = new EventSource(url);
    source.onmessage = (event) => found.push([event.data, event.lastEventId]);
    source.onerror = () => { source.close(); resolve(found); };
  }),
  "eventsource-parser": async (url) => {
    const found = [];
    const parser = createParser({ onEvent: (event) => found.push([event.data, event.id]) });
    parser.feed(await (await fetch(url)).text());
    return found;
  },
  "fetch-event-stream": async (url) => {
    const found = [];
    for await (const event of events(await fetch(url))) found.push([event.data, event.id]);
    return found;
  },
  "fetch-event-source": async (url) => {
    const found = [];
    globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
    globalThis.window = globalThis;
    const onmessage = (event) => found.push([event.data, event.id]);
    await fetchEventSource(url, { fetch, openWhenHidden: true, onopen: async () => {}, onmessage });
    return found;
  },
};
for (const [name, read] of Object.entries(clients)) {
  const found = [];
  for (let number = 0; number < 4; number++) found.push(JSON.stringify(await read(process.argv[2] + number)));
  console.log(`${name}:`, ...found);
}
process.exit(0);
J
venv/bin/python clients.py | tee seen
# Seen, per stream (an id, a comment, an id alone, an end without an empty line), as [data, id]:
#   httpx_sse: [["a", "7"], ["b", "7"]] [["a", ""]] [["", "x"], ["a", "x"]] [["a", ""]]
#   sseclient_py: [["a", "7"], ["b", null]] [["a", null]] [["a", null]] [["a", null], ["half", null]]
#   eventsource: [["a","7"],["b","7"]] [["a",""]] [["a","x"]] [["a",""]]
#   fetch-event-source: [["a","7"],["b",""]] [["",""],["a",""]] [["","x"],["a",""]] [["a",""]]
for name in sseclient_py launchdarkly aiosseclient; do grep -q "^$name: \[\[\"a\", \"7\"\], \[\"b\", null\]\]" seen; done
grep -q '^eventsource-parser: .*\["b",null\]\]' seen
grep -q '^fetch-event-stream: \[\["a",7\],\["b",null\]\]' seen
grep -q '^sseclient_py: .*\["half", null\]\]$' seen
grep -q '^httpx_sse: .*\[\["", "x"\], \["a", "x"\]\]' seen
grep -q '^fetch-event-source: .* \[\["",""\],\["a",""\]\]' seen
grep -qxF 'eventsource: [["a","7"],["b","7"]] [["a",""]] [["a","x"]] [["a",""]]' seen
