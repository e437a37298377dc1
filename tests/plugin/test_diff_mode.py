"""A run in the mode diff prints at its end how the upstream differs."""

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
        response = requests.post(events(tiledesk_mock), json={"name": "paid"}, auth=tiledesk_mock.owner.basic)
        assert response.status_code == 200

    def test_lists(tiledesk_mock):
        tiledesk_mock.fire("paid")
        response = requests.get(events(tiledesk_mock), headers=tiledesk_mock.owner.headers)
        assert response.json()["count"] == 1

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
    """Return the upstream: an emulator with other data, in the other dialect."""
    seed = tmp_path / "theirs.yaml"
    seed.write_text(THEIRS)
    with TiledeskMock(seed=(seed,), dialect="server", global_secret="theirs") as handle:
        yield handle


def run(pytester: pytest.Pytester, *words: str, password: str = "s3cret") -> str:
    """Run the suite in the mode diff; return its output."""
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
def test_run_ends_with_the_report(
    pytester: pytest.Pytester, upstream: TiledeskMock, words: tuple[str, ...]
) -> None:
    """The tests pass; known drifts are listed, and nothing else differs."""
    output = run(pytester, f"--tiledesk-mock-upstream={upstream.url}", *words)

    assert "3 passed" in output
    assert "tiledesk-mock: how the upstream differs" in output
    assert (
        "2 of 2 exchanges equal; 2 known drifts (id-field, project-user-object); 0 differences"
        in output.replace("project-user-object, id-field", "id-field, project-user-object")
    )


def test_difference_names_its_test(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """A caller that the upstream rejects is a difference."""
    output = run(pytester, f"--tiledesk-mock-upstream={upstream.url}", password="wrong")

    assert "3 passed" in output
    assert "::test_fires: POST /v3/65b0000000000000000000a1/events" in output
    assert "  status: here 200, there 401" in output


def test_difference_fails_a_strict_run(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """The exit code shows it to a pipeline."""
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


def test_mode_without_an_upstream_is_one_line(pytester: pytest.Pytester) -> None:
    """The upstream is required."""
    output = run(pytester)

    assert "the mode diff needs an upstream to compare with: its URL" in output
