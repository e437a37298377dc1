"""A project that tests its client with the plugin, once with a good client and once with a bad one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent / "sample"
Sample = Callable[..., pytest.RunResult]


@pytest.fixture
def sample(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Sample:
    """Return a function that runs the project's suite in a process of its own."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    shutil.copytree(SAMPLE, pytester.path, dirs_exist_ok=True)

    def run(*options: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    return run


@pytest.mark.parametrize(
    "options",
    [("-n", "2"), ("-p", "no:randomly"), ("-W", "error")],
    ids=["xdist", "in order", "warnings are errors"],
)
def test_good_client_passes(sample: Sample, options: tuple[str, ...]) -> None:
    """With xdist, in file order, and with warnings as errors."""
    sample(*options).assert_outcomes(passed=10)


@pytest.mark.parametrize(
    "patch",
    ["from gevent import monkey\nmonkey.patch_all()\n", "import eventlet\neventlet.monkey_patch()\n"],
    ids=["gevent", "eventlet"],
)
def test_good_client_passes_after_patch(sample: Sample, pytester: pytest.Pytester, patch: str) -> None:
    """The conftest of a suite may replace threads and sockets by those of gevent or eventlet."""
    pytest.importorskip(patch.split()[1])
    conftest = pytester.path / "conftest.py"
    conftest.write_text(patch + conftest.read_text().replace("from __future__ import annotations\n", ""))

    sample("-W", "ignore").assert_outcomes(passed=10)


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the lines that a run with the bad client prints for each test."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    words = ["-p", "no:cacheprovider", "-p", "no:randomly", "--broken"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    parts = re.split(r"^_+ (test_\S+) _+$", ran.stdout, flags=re.MULTILINE)
    return {name: text.splitlines() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "test_event",
            [
                ">       tiledesk_mock.expect_event(*",
                'E *expected event "order.paid" with at least the attributes *99.5* by admin',
                'E * attributes.total  expected 99.5, came "99.5" (text, not a number)',
                "E * curl *",
                "*- tiledesk-mock -*",
                "1  POST /v3/*/events  200  by admin admin@example.com",
                "* curl *",
            ],
        ),
        (
            "test_request",
            [
                "E *expected request POST /events, exactly 1 of them",
                "E *2 requests like that came:",
                "*- tiledesk-mock -*",
            ],
        ),
        ("test_waiting", ['E *expected event "order.paid", within 1 s', "E *no event came at all"]),
        ("test_delivery", ['E *expected delivery of "order.paid" to *', "*event.emit.order.payed*"]),
        ("test_drifts", ["sort-field: documented: sortField sorts; *: sortField is ignored*(GET *)"]),
        ("test_dialects[server]", ["E *KeyError: 'id'", "1  GET /v3/*/events  200  *"]),
        (
            "test_closing",
            [
                "requests to paths that tiledesk-mock does not emulate:",
                "  1  DELETE /v3/*/requests/1  404*",
                "the test tried to reach the real Tiledesk:",
                "  api.tiledesk.com from *broken.py:*",
            ],
        ),
        ("test_faults", ["E *HTTPError: 503 *", "1  GET /v3/*/events*503*fault fault-1*"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_failure_shows_the_bug(failures: dict[str, list[str]], name: str, lines: list[str]) -> None:
    """Each kind of assertion finds the bug, and its message shows it."""
    pytest.LineMatcher(failures[name]).fnmatch_lines(lines)


def test_failure_ends_at_the_test(failures: dict[str, list[str]]) -> None:
    """The traceback has no frame of the package."""
    matcher = pytest.LineMatcher(failures["test_event"])

    matcher.fnmatch_lines(["test_shop_events.py:*: ExpectationError"])
    matcher.no_fnmatch_line("*expecting.py*")
