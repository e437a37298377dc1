"""`fire --standard` and `fire --list`."""

from __future__ import annotations

import json

import pytest
from click.shell_completion import BashComplete

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cli.command import main

from .conftest import Run, Start


def test_standard_event_is_sent(start: Start, run: Run) -> None:
    """What may be text is text, and --as says who does it."""
    url = start("--in-memory").url

    fired = run(
        "fire", "--standard", "lead.create", "phone=123", "attributes.vip=true", "--as", "agent", "--url", url
    )

    lead = json.loads(fired.stdout)
    assert (lead["phone"], lead["attributes"]) == ("123", {"vip": True})
    assert lead["createdBy"] == TiledeskMock.connect(url).person("agent").id_user


def test_quiet_prints_nothing(start: Start, run: Run) -> None:
    """The event is sent."""
    url = start("--in-memory").url

    fired = run("fire", "--standard", "group.create", "name=Sales", "--quiet", "--url", url)

    assert (fired.returncode, fired.stdout, fired.stderr) == (0, "", "")
    assert [group["name"] for group in json.loads(run("export", "--url", url).stdout)["groups"]] == ["Sales"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("request.create", "--standard sends the platform's own"),
        ("request.creat", "did you mean request.create, one of the platform's own events?"),
        ("lead.update", "the real server never sends it; nothing is sent when a lead changes"),
        ("event.emit.message.create", "did you mean message.create, one of the platform's own events?"),
    ],
)
def test_custom_event_with_a_platform_name_is_hinted_at(start: Start, run: Run, name: str, hint: str) -> None:
    """It is fired."""
    fired = run("fire", name, "--url", start("--in-memory").url)

    assert json.loads(fired.stdout)["name"] == name
    assert fired.stderr == f"{name}: fired as a custom event, which comes as event.emit.{name}; {hint}\n"


@pytest.mark.parametrize("name", ["order.paid", "typing.start"])
def test_custom_event_has_no_hint(start: Start, run: Run, name: str) -> None:
    """Also one that Tiledesk's widget fires."""
    assert run("fire", name, "--url", start("--in-memory").url).stderr == ""


def test_mistake_is_one_line(start: Start, run: Run) -> None:
    """It names event and field."""
    refused = run("fire", "--standard", "faq.delete", "faq=1", "--url", start("--in-memory").url)

    assert refused.returncode in (1, 2)
    assert refused.stderr.startswith("Error: faq.delete: faq: the project ")
    assert refused.stderr.count("\n") == 1


def test_list_has_names_and_fields(run: Run) -> None:
    """It needs no emulator."""
    listed = run("fire", "--list").stdout

    assert "user.signup\n  A user signs up; to global subscriptions only\n    email " in listed
    assert "typing.start\n  Somebody types; custom event, which comes as event.emit\n" in listed


def test_list_of_one_name(run: Run) -> None:
    """With --json it is that of the control API."""
    (row,) = json.loads(run("fire", "--list", "group.delete", "--json").stdout)

    assert (row["name"], [field["name"] for field in row["fields"]]) == ("group.delete", ["group"])


def test_name_is_required(run: Run) -> None:
    """The error says where the names are."""
    refused = run("fire")

    assert refused.returncode == 2
    assert "name an event; --list prints the platform's own" in refused.stderr


def test_names_are_completed() -> None:
    """After --standard a shell completes the names of the platform's events."""
    shell = BashComplete(main, {}, "tiledesk-mock", "_TILEDESK_MOCK_COMPLETE")

    completed = shell.get_completions(["fire", "--standard"], "group.")

    assert [one.value for one in completed] == ["group.create", "group.update", "group.delete"]
    assert shell.get_completions(["fire"], "group.") == []


def test_role_that_is_nearly_known_is_hinted_at(start: Start, run: Run) -> None:
    """It is stored all the same, since projects may have roles of their own."""
    url = start("--in-memory").url

    fired = run("fire", "--standard", "--quiet", "project_user.update", "role=agnt", "--url", url)

    assert fired.returncode == 0
    assert fired.stderr.startswith("project_user.update: role: 'agnt' is not one of Tiledesk's roles")
