"""Compare the server with Node's, byte for byte: `python benchmarks/against_node.py [--inputs N] [--seed N]`.

The requests are those of `fixtures/contract/raw_syntax.yaml`, each changed in one to three places by a
generator with a seed. Both servers respond with method, target and length of the body. Whatever differs is
printed, except what is known to: Node reads everything that has come before it responds to anything, and
sends no responses to what came before an error. The exit code is 1 if more than one in a hundred differs.
Needs `node` (20) in the path.
"""

from __future__ import annotations

import argparse
import logging
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.grounds import cases_of
from conformance.raw import request_bytes, send_bytes
from tiledesk_mock.server import Server

QUIET = 0.4
"""Seconds without bytes after which a server is taken to wait for more."""

NODE = """
const server = require("http").createServer((request, response) => {
  let length = 0;
  request.on("data", (part) => { length += part.length; }).on("error", () => {}).on("end", () => {
    const text = `${request.method} ${request.url.split("#")[0]} ${length}`;
    setTimeout(() => response.setHeader("Content-Length", text.length).end(text), 3);
  });
}).listen(0, "127.0.0.1", () => console.log(server.address().port));
"""

BYTES = (*b'\0\1\t\n\r  !"#%(,-./019::;=?@A[\\az{~\x7f\x80\xc3\xe9\xff',)
TEXTS = (
    *(b"\r\n", b"\r\n\r\n", b"chunked", b"Host: y\r\n", b"HTTP/1.1", b"0\r\n", b", "),
    *(b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
)
NOT_SPOKEN = (b"://", b"pgrade", b"RTSP", b"ICE/")
REFUSED = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def respond(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
    """Respond as the application in Node does."""
    length = len(environ["wsgi.input"].read())
    text = f"{environ['REQUEST_METHOD']} {environ['RAW_URI']} {length}".encode()
    start("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to three changes."""
    changing = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        place = rng.randrange(len(changing) + 1)
        new = rng.choice((*TEXTS, *(bytes([one]) for one in BYTES)))
        end = place + rng.choice((0, 1, len(new)))
        changing[place:end] = b"" if rng.random() < 0.2 else new
    return bytes(changing)


def is_known(node: tuple[str, bool, str], own: tuple[str, bool, str]) -> bool:
    """Return whether Node sent only its refusal, and we sent the responses before it, too."""
    return node[0].endswith(REFUSED) and own[0].startswith("HTTP/1.1 ") and len(own[0]) > len(node[0])


def main() -> None:
    """Send the requests to both, and print what differs."""
    parser = argparse.ArgumentParser(description="Compare the server with Node's.")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    rng = random.Random(options.seed)
    bases = [request_bytes(step) for case in cases_of("raw_syntax") for step in case["steps"]]
    bases = [one for one in bases if 20 < len(one) < 600 and not any(word in one for word in NOT_SPOKEN)]
    inputs = [changed(rng.choice(bases), rng) for _ in range(options.inputs)]
    with (
        subprocess.Popen(["node", "-e", NODE], stdout=subprocess.PIPE, text=True) as node,
        Server(respond) as server,
        ThreadPoolExecutor(24) as pool,
    ):
        assert node.stdout is not None
        addresses = [("127.0.0.1", int(node.stdout.readline())), (server.host, server.port)]
        answers = pool.map(lambda data: [send_bytes(one, data, QUIET) for one in addresses], inputs)
        pairs = [(data, *both) for data, both in zip(inputs, answers, strict=True)]
        node.kill()
    differing = [pair for pair in pairs if pair[1] != pair[2]]
    unknown = [pair for pair in differing if not is_known(pair[1], pair[2])]
    for sent, theirs, ours in unknown:
        print(f"{sent!r}\n  node {theirs}\n  ours {ours}")
    print(f"{len(inputs)} inputs, {len(differing)} answers differ, of {len(unknown)} the reason is not known")
    sys.exit(len(unknown) * 100 > len(inputs))


if __name__ == "__main__":
    main()
