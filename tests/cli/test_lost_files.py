"""The file of a running server is deleted or broken, and what happens at the next start."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
import requests

from .conftest import Start


def signed_in(serving):
    """Return the URL of the events of a server's first project, and credentials."""
    (project,) = (line.split()[1] for line in serving.lines if line.startswith("project "))
    owner = next(line.split() for line in serving.lines if line.strip().startswith("owner "))
    return f"{serving.url}/{project}/events", (owner[1], owner[2])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete an open file")
def test_server_stops_storing_when_its_file_is_deleted(start: Start, tmp_path: Path) -> None:
    """A POST gets 500 with the reason, a GET its events, and the log one line; the copy has the events."""
    serving = start()
    url, auth = signed_in(serving)
    assert requests.post(url, json={"name": "kept"}, auth=auth, timeout=10).status_code == 200
    (tmp_path / "tiledesk-mock.json").unlink()

    refused = [requests.post(url, json={"name": "lost"}, auth=auth, timeout=10) for _ in range(3)]

    assert [response.status_code for response in refused[1:]] == [500, 500]
    assert "tiledesk-mock.json was deleted by another program" in refused[2].json()["error"]
    assert requests.get(url, auth=auth, timeout=10).json()["events"][-1]["name"] == "kept"
    code, log = serving.stop(signal.SIGTERM)
    assert code == 0
    assert log.count("was deleted by another program") == 1
    assert "Traceback" not in log
    again = start("--db", "tiledesk-mock.rescued.json")
    stored = 1 + [response.status_code for response in refused].count(200)
    assert f"{stored} event" in again.lines[1]
    assert requests.get(signed_in(again)[0], auth=auth, timeout=10).status_code == 200
