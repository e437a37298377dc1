#!/bin/sh
# Guess: a client with retries switched on sends a GET again whose response is cut short: it is a lost connection.
# What happens: requests with urllib3's Retry, httpx-retries, aiohttp-retry, axios-retry, ky and undici's RetryAgent fail
#   at once, since they take a request for done when the head is there. urllib3 itself, with the same Retry, sends it
#   again, and so do got and superagent. With `preload_content=False`, as requests uses it, urllib3 does not.
# Why it matters: a service that dies in the middle of a response (a deployment, a proxy's timeout) is the usual reason
#   for retries, and Retry(5) in requests does nothing there.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 httpx-retries==0.6.0 aiohttp==3.14.5 aiohttp-retry==2.9.1
npm install --silent --no-audit --no-fund axios-retry@4.5.0 axios@1.21.1 got@14.6.6 ky@1.14.3 superagent@10.4.2 undici@7.30.2 >npm.log
cat > get.mjs <<'J'
const [, , name, url] = process.argv;
const retry = { limit: 5 };
const clients = {
  "axios-retry": async () => {
    const client = (await import("axios")).default.create();
    (await import("axios-retry")).default(client, { retries: 5 });
    return (await client.get(url)).data;
  },
  got: async () => (await (await import("got")).default(url, { retry })).body,
  ky: async () => (await import("ky")).default.get(url, { retry }).text(),
  superagent: async () => (await (await import("superagent")).default.get(url).retry(5)).text,
  undici: async () => {
    const { Agent, RetryAgent, request } = await import("undici");
    return (await request(url, { dispatcher: new RetryAgent(new Agent()) })).body.text();
  },
};
console.log(await clients[name]());
J
cat > clients.py <<'P'
import asyncio
import socket
import subprocess
import threading

import aiohttp
import httpx
import httpx_retries
import requests
import urllib3
from aiohttp_retry import ExponentialRetry, RetryClient
from requests.adapters import HTTPAdapter

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"


def serve(listener, requests_seen):
    """Cut the first two responses short, and send the third one whole."""
    while True:
        connection, _ = listener.accept()
        request = b""
        while b"\r\n\r\n" not in request and (data := connection.recv(4096)):
            request += data
        requests_seen.append(request)
        connection.sendall(HEAD + (b"paid" if len(requests_seen) == 3 else b"pa"))
        connection.close()


def with_requests(url):
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=urllib3.Retry(5)))
        return session.get(url, timeout=5).text


def with_urllib3(url):
    return urllib3.PoolManager(retries=urllib3.Retry(5)).request("GET", url, timeout=5).data.decode()


def with_urllib3_streamed(url):
    pool = urllib3.PoolManager(retries=urllib3.Retry(5))
    return pool.request("GET", url, timeout=5, preload_content=False).read().decode()


def with_httpx_retries(url):
    with httpx.Client(transport=httpx_retries.RetryTransport(retry=httpx_retries.Retry(total=5))) as client:
        return client.get(url).text


def with_aiohttp_retry(url):
    async def get():
        async with RetryClient(retry_options=ExponentialRetry(attempts=5)) as client, client.get(url) as response:
            return await response.text()

    return asyncio.run(get())


def with_node(name):
    def run(url):
        done = subprocess.run(["node", "get.mjs", name, url], capture_output=True, text=True, timeout=30)
        return done.stdout.strip() or "an error"

    run.__name__ = f"with_{name}"
    return run


python_clients = (with_requests, with_urllib3, with_urllib3_streamed, with_httpx_retries, with_aiohttp_retry)
for client in (*python_clients, *map(with_node, ("axios-retry", "got", "ky", "superagent", "undici"))):
    requests_seen = []
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, requests_seen), daemon=True).start()
    try:
        seen = client(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    except (requests.RequestException, urllib3.exceptions.HTTPError, httpx.HTTPError, aiohttp.ClientError) as error:
        seen = type(error).__name__
    print(f"{client.__name__}: {len(requests_seen)} requests, {seen}", flush=True)
P
venv/bin/python clients.py | tee seen
# Seen: `3 requests, paid` from urllib3, got and superagent; `1 requests` and an error from the other seven
for name in urllib3 got superagent; do grep -q "^with_$name: 3 requests, paid$" seen; done
test "$(grep -c ': 1 requests, .*[Ee]rror$' seen)" = 7
