"""`fire`: an event from the command line."""

from __future__ import annotations

import json
from typing import Any

import click

from ..domain.model import Json
from ..domain.standard_events import STANDARD_EVENTS
from .remote import Remote, url_option


@click.command("fire")
@click.argument("name")
@click.argument("attributes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--as", "email", metavar="EMAIL", help="Who fires it. [the first owner]")
@click.option("--project", metavar="ID", help="In which project. [theirs]")
@click.option("--standard", is_flag=True, help="Fire an event of the platform's own, as typing.start.")
@url_option
def fire_command(
    name: str, attributes: tuple[str, ...], email: str | None, project: str | None, standard: bool, url: str
) -> None:
    """Fire the event NAME with attributes, and print it.

    A VALUE that is JSON is taken as such, another one as text; `order.id=1` nests. With --standard the event
    has the shape that the platform gives it, and attributes replace what is made up.
    """
    remote = Remote(url)
    if standard:
        if email is not None:
            raise click.UsageError("--standard and --as exclude each other: the platform fires it")
        if name not in STANDARD_EVENTS:
            known = ", ".join(STANDARD_EVENTS)
            raise click.BadParameter(f"{name!r} is none of {known}", param_hint="NAME")
        wanted = {"name": name, "attributes": _nested(attributes), "project": project}
        _show(remote.admin("POST", "standard-events", json=wanted))
        return
    state = remote.admin("GET", "state")
    user, id_project = who_fires(state, email, project)
    body = {"name": name, "attributes": _nested(attributes)}
    credentials = (user["email"], user["password"])
    event = remote.call("POST", f"/{id_project}/events", json=body, auth=credentials)
    _show(event)


def _show(event: Json) -> None:
    click.echo(json.dumps(event, ensure_ascii=False, indent=1))


def who_fires(state: dict[str, Any], email: str | None, project: str | None) -> tuple[dict[str, Any], str]:
    """Return the user who fires, and the project."""
    users = {user["_id"]: user for user in state["users"]}
    for member in sorted(state["project_users"], key=lambda member: member["role"] != "owner"):
        user = users.get(member.get("id_user", ""))
        if user and email in (None, user["email"]) and project in (None, member["id_project"]):
            return user, member["id_project"]
    raise click.UsageError(f"nobody signs in as {email or 'an owner'} in {project or 'any project'}")


def _nested(pairs: tuple[str, ...]) -> dict[str, Json]:
    attributes: dict[str, Json] = {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        if not equals or not path:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="KEY=VALUE")
        *parents, key = path.split(".")
        place = attributes
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise click.BadParameter(f"{pair!r}: {parent} has a value already", param_hint="KEY=VALUE")
        place[key] = _value(text)
    return attributes


def _value(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text
