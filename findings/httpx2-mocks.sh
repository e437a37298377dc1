#!/bin/sh
# Guess: libraries that mock httpx (respx 0.23.1, pytest-httpx 0.36.2) stop requests of its successor httpx2 2.16.2 as well,
#   or fail; VCR.py 9.4.2, which patches transports by name, does not know it.
# What happens: the other way round. With either mock active, httpx is answered by the mock and httpx2 goes out to the network
#   without a warning. VCR.py records httpx2 and replays it when the server is gone.
# Why it matters: after `import httpx2 as httpx` tests stay green where the real server happens to answer alike.
# Source: run here against a server on loopback.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet httpx==0.28.1 httpx2==2.16.2 respx==0.23.1 pytest-httpx==0.36.2 vcrpy==9.4.2 pytest==9.2.0
cat > test_mocks.py <<'P'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import httpx2
import pytest
import respx
import vcr


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.server_close()


def url(server):
    return f"http://127.0.0.1:{server.server_port}/"


def test_respx(server):
    with respx.mock as mocked:
        mocked.get(url(server)).respond(299)
        print("\nrespx:", httpx.get(url(server)).status_code, httpx2.get(url(server)).status_code)


def test_pytest_httpx(server, httpx_mock):
    httpx_mock.add_response(status_code=299)
    print("\npytest-httpx:", httpx.get(url(server)).status_code, httpx2.get(url(server)).status_code)


def test_vcr(server, tmp_path):
    address, cassette = url(server), str(tmp_path / "one.yaml")
    with vcr.use_cassette(cassette):
        httpx2.get(address)
    server.shutdown()
    server.server_close()
    with vcr.use_cassette(cassette, record_mode="none"):
        print("\nVCR.py:", httpx2.get(address).status_code, "without a server")
P
venv/bin/python -m pytest -q -s -p no:cacheprovider test_mocks.py | tee seen
# Seen (httpx, httpx2):   respx: 299 200   pytest-httpx: 299 200   VCR.py: 200 without a server
grep -q "^respx: 299 200$" seen
grep -q "^pytest-httpx: 299 200$" seen
grep -q "^VCR.py: 200 without a server$" seen
