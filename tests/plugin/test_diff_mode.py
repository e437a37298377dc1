"""A suite that runs in the mode diff says at its end how another Tiledesk answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tiledesk_mock.testing import TiledeskMock

pytest_plugins = ["pytester"]

CLIENT = """
    import requests

    def events(mock):
        return f"{mock.url}/{mock.project_id}/events"

    def test_fires(tiledesk_mock):
        told = requests.post(events(tiledesk_mock), json={"name": "paid"}, auth=tiledesk_mock.owner.basic)
        assert told.status_code == 200

    def test_lists(tiledesk_mock):
        tiledesk_mock.fire("paid")
        told = requests.get(events(tiledesk_mock), headers=tiledesk_mock.owner.headers)
        assert told.json()["count"] == 1

    def test_asks_for_nothing():
        pass
"""
THEIRS = """
users: [{email: mia@shop.example, password: "s3cret"}]
projects: [{_id: 70b000000000000000000001, name: Shop}]
project_users: [{id_user: mia@shop.example, role: owner}]
"""
ME = "{project: 70b000000000000000000001, people: {owner: {user: mia@shop.example, password: %s}}}"


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[TiledeskMock]:
    """Return what a suite is compared with: an emulator of another world and the other dialect."""
    seed = tmp_path / "theirs.yaml"
    seed.write_text(THEIRS)
    with TiledeskMock(seed=(seed,), dialect="server", global_secret="theirs") as handle:
        yield handle


def run(pytester: pytest.Pytester, *words: str, password: str = "s3cret") -> str:
    """Run the suite in the mode diff; return what it printed."""
    pytester.makepyfile(CLIENT)
    (pytester.path / "me.yaml").write_text(ME % password)
    result = pytester.runpytest_inprocess(
        "-pno:randomly",
        "-pno:hypothesispytest",
        "-pno:cacheprovider",
        "--tiledesk-mock-mode=diff",
        "--tiledesk-mock-credentials=me.yaml",
        *words,
    )
    return str(result.stdout)


@pytest.mark.parametrize("words", [(), ("-n1",)], ids=["alone", "xdist"])
def test_suite_ends_with_what_was_compared(
    pytester: pytest.Pytester, upstream: TiledeskMock, words: tuple[str, ...]
) -> None:
    """The tests pass as ever; drifts are named, and nothing else differs."""
    told = run(pytester, f"--tiledesk-mock-upstream={upstream.url}", *words)

    assert "3 passed" in told
    assert "tiledesk-mock: how the upstream differs" in told
    assert (
        "2 of 2 exchanges equal; 2 known drifts (id-field, project-user-object); 0 differences"
        in told.replace("project-user-object, id-field", "id-field, project-user-object")
    )


def test_difference_is_told_with_its_test(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """Who is not let in there is, in the test's name, a difference."""
    told = run(pytester, f"--tiledesk-mock-upstream={upstream.url}", password="wrong")

    assert "3 passed" in told
    assert "::test_fires: POST /v3/65b0000000000000000000a1/events" in told
    assert "  status: here 200, there 401" in told


def test_difference_fails_a_strict_run(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """So that a pipeline can depend on it."""
    pytester.makepyfile(CLIENT)
    (pytester.path / "me.yaml").write_text(ME % "wrong")
    words = [
        "--tiledesk-mock-mode=diff",
        "--tiledesk-mock-credentials=me.yaml",
        f"--tiledesk-mock-upstream={upstream.url}",
        *("-pno:randomly", "-pno:hypothesispytest", "-pno:cacheprovider"),
    ]

    ends = [pytester.runpytest_inprocess(*words, *more).ret for more in ((), ("--tiledesk-mock-strict",))]

    assert ends == [pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED]


def test_mode_without_an_upstream_is_refused_in_a_line(pytester: pytest.Pytester) -> None:
    """There is nothing to compare with."""
    told = run(pytester)

    assert "the mode diff needs an upstream to compare with: its URL" in told
