"""How long an exchange is under way into a cassette that is recorded, and how many bytes that writes.

Exchanges with a token of their own are recorded at a rate, and the seconds until each is on disk are
measured.

    python benchmarks/recording.py --exchanges 5000 --rate 100
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from tiledesk_mock.cassettes.record import Recording
from tiledesk_mock.cassettes.writer import RecordingWriter
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.http.upstream import Upstream


class Echo(Upstream):
    """An upstream that responds with the body of the request, without a network."""

    def __init__(self) -> None:
        super().__init__("https://api.tiledesk.com")

    def send(self, request: RecordedRequest) -> RecordedResponse:
        """Return the body."""
        return RecordedResponse(200, (("Content-Type", "application/json"),), request.body)


def request(number: int) -> RecordedRequest:
    """Return a request of about 1 kB with a token that no other one has."""
    claims = base64.urlsafe_b64encode(json.dumps({"_id": f"{number:024x}", "sub": "guest"}).encode()).decode()
    token = f"JWT eyJhbGciOiJIUzI1NiJ9.{claims.rstrip('=')}.{os.urandom(32).hex()}"
    body = {"name": "order.paid", "attributes": {"order": number, "note": "some text " * 50}}
    headers = (("Authorization", token), ("Content-Type", "application/json"), ("Accept", "*/*"))
    return RecordedRequest("POST", "/v3/65b0000000000000000000a1/events", headers, json.dumps(body).encode())


def written() -> int:
    """Return how many bytes this process has written."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def run(exchanges: int, rate: float) -> None:
    """Record, and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(Path(folder, "session.har"), Echo(), "all")
        writer = RecordingWriter(recording)
        bytes_before, start = written(), time.perf_counter()
        recorded, lags, taken, processor = [], [], [], time.process_time()
        with writer:
            for number in range(exchanges):
                if rate:
                    time.sleep(max(start + number / rate - time.perf_counter(), 0))
                before = time.perf_counter()
                recording.respond(request(number), lambda _: RecordedResponse(500))
                taken.append(time.perf_counter() - before)
                recorded.append(time.perf_counter())
                while len(lags) < len(writer):
                    lags.append(time.perf_counter() - recorded[len(lags)])
        lags += [time.perf_counter() - at for at in recorded[len(lags) :]]
        size, total = recording.path.stat().st_size, written() - bytes_before
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
    print(
        f"{exchanges} exchanges in {seconds:.1f} s, {processor / exchanges * 1000:.2f} ms of processor each; "
        f"response after {median(taken) * 1e6:.0f} us (median), "
        f"on disk after {median(lags):.2f} s (median), {max(lags):.2f} s (most); "
        f"{total / 1e6:.1f} MB written for {size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exchanges", type=int, default=5000)
    parser.add_argument(
        "--rate", type=float, default=100, help="Exchanges in a second; 0 is as fast as possible."
    )
    arguments = parser.parse_args()
    run(arguments.exchanges, arguments.rate)
