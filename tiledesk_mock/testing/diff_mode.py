"""Diff mode for a while: each request goes to a real Tiledesk, too, and the differences are reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..diff.report import DiffReport
from ..diff.runner import DiffMode
from ..emulator import Emulator
from ..http.upstream import Upstream
from ..scenarios.credentials import read_credentials, seed_credentials


@contextmanager
def diff_mode(
    emulator: Emulator,
    upstream: str,
    credentials: Path | str | None = None,
    *,
    report: DiffReport | None = None,
    timeout: float = 10.0,
) -> Iterator[DiffMode]:
    """Compare the responses of an emulator with those of the Tiledesk at `upstream` during a block.

    Only documents that the block has made are compared in lists, since the upstream is not reset. The yielded
    mode has the `report`; set its `label` to the name of what sends the next requests.

    Args:
        emulator: its mode is restored at the end.
        upstream: the URL.
        credentials: a file with the project and its people, as `tiledesk-mock diff` reads it;
            by default those of the emulator's seed.
        report: a report to add to.
        timeout: of a request to the upstream, in seconds.

    Raises SettingsError for a malformed URL, and ScenarioError for a wrong file.
    """
    upstream_credentials = None if credentials is None else read_credentials(credentials)
    own_credentials = seed_credentials(emulator.state.export(), emulator.settings.global_secret)
    client = Upstream(upstream, timeout=timeout)
    mode = DiffMode(client.send, own_credentials, upstream_credentials, own_only=True, report=report)
    before, emulator.mode = emulator.mode, mode
    try:
        yield mode
    finally:
        emulator.mode = before
        client.close()
