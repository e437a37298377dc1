"""A handle beside a real Tiledesk: each request goes to both, and what differs is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..diff.live import DiffMode
from ..diff.report import DiffReport
from ..emulator import Emulator
from ..http.upstream import Upstream
from ..scenarios.credentials import read_credentials, seed_credentials


@contextmanager
def diffing(
    emulator: Emulator,
    upstream: str,
    credentials: Path | str | None = None,
    *,
    report: DiffReport | None = None,
    timeout: float = 10.0,
) -> Iterator[DiffMode]:
    """Compare what an emulator answers with what the Tiledesk at `upstream` does, for the time of the block.

    `credentials` names a file with the project and the people there, as `tiledesk-mock diff` reads it;
    without one, the people of the emulator's seed are meant to be there too. Of listed documents those count
    that the session has made, since the other side is not reset. The yielded mode has the `report`, and a
    `label` to be set to what sends the next requests. Raises SettingsError for what is no URL, and
    ScenarioError for a file that is wrong.
    """
    theirs = None if credentials is None else read_credentials(credentials)
    other = Upstream(upstream, timeout=timeout)
    ours = seed_credentials(emulator.export(), emulator.settings.global_secret)
    mode = DiffMode(other.send, ours, theirs, own_only=True, report=report)
    before, emulator.mode = emulator.mode, mode
    try:
        yield mode
    finally:
        emulator.mode = before
        other.close()
