"""What a scene starts from: the recorded world, and what a conversation needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tiledesk_mock.node.json import Json

from ..servers import WORLD, Seed

PROJECT: Final = "65b000000000000000000001"
BOT: Final = "65d000000000000000000001"
BOT_SECRET: Final = "bot-secret-1"  # noqa: S105  (that of the recorded world)
DEPARTMENT: Final = "65e0000000000000000000d0"
PEOPLE: Final[Mapping[str, str]] = {
    "owner": "65a000000000000000000001",
    "admin": "65a000000000000000000002",
    "agent": "65a000000000000000000003",
    "supervisor": "65a000000000000000000004",
    "teammate": "65a000000000000000000005",
}
"""The ids of members. Paths and bodies name them as `{agent}`."""

VARIABLES: Final[Mapping[str, str]] = {
    **PEOPLE,
    "bot": BOT,
    "department": DEPARTMENT,
    "guest_member": "65c00000000000000000000a",
}

NAMES: Final = (
    "message.create",
    "message.create.request",
    "message.create.request.channel.chat21",
    "message.create.request.channel.whatsapp",
    "message.create.channel.chat21",
    "message.create.channel.whatsapp",
    "message.create.from.requester",
    "message.update",
    "message.received",
    "message.received.for.bot",
    "message.sending",
    "request.create",
    "request.update",
    "request.close",
    "request.close.extended",
    "request.delete",
    "request.reopen",
    "request.participants.update",
    "request.participants.join",
    "request.participants.leave",
    "request.attributes.update",
    "request.update.preflight",
    "request.rated",
    "request.fully_abandoned",
    "lead.create",
    "lead.update",
    "lead.delete",
    "lead.email.update",
    "lead.fullname.email.update",
    "faqbot.create",
    "faqbot.update",
    "faqbot.delete",
    "faqbot.publish",
    "faqBot.create",
    "faq.create",
    "faq.update",
    "faq.delete",
    "user.signup",
    "user.update",
    "user.delete",
    "user.signin",
    "project_user.invite",
    "project_user.invite.pending",
    "project_user.update",
    "project_user.update.agent",
    "project_user.delete",
    "project_user.delete.agent",
    "operator.select",
    "department.create",
    "department.update",
    "department.delete",
    "group.create",
    "group.update",
    "group.delete",
    "project.create",
    "project.update",
    "project.downgrade",
    "project.delete",
    "event.emit",
    "event.emit.order.paid",
    "event.emit.typing.start",
    "event.emit.request.fully_abandoned",
    "typing.start",
    "tag.create",
    "label.create",
    "canned.create",
    "subscription.create",
    "*",
)
"""Each has a subscription. The position is in the subscription's id, so that names are added at the end."""

GLOBAL: Final = ("project.create", "user.signup", "user.update", "user.delete", "user.signin")
"""These have no project, or are of all of them: their subscriptions are global."""

_STAMPS: Final = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}
_OWNER: Final = PEOPLE["owner"]


def seed_of(case: Mapping[str, Any], port: int) -> Seed:
    """Return the seed of a scene whose webhooks go to a port.

    A case may have `available`, the names of the members who are available (by default the agent), and
    `seed`, records that come behind those of the world.
    """
    seed: Seed = json.loads(WORLD.read_bytes())
    available = {PEOPLE[name] for name in case.get("available", ["agent"])}
    for member in seed["project_users"]:
        member["user_available"] = member.get("id_user") in available
    for bot in seed["bots"]:
        bot["url"] = f"http://127.0.0.1:{port}/bot"
    for project in seed["projects"]:
        project["channels"] = [{"name": "chat21"}]
    seed["departments"] = [_department()]
    seed["subscriptions"] += _subscriptions(port, [*NAMES, *case.get("subscribed", [])])
    for kind, records in case.get("seed", {}).items():
        seed[kind] = _joined(seed.get(kind, []), records)
    return seed


def _joined(records: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records and others; one with a known `_id` changes fields of that record."""
    known = {record["_id"]: record for record in records}
    for other in others:
        changed = known.get(other["_id"], _STAMPS) | other
        known[other["_id"]] = changed
    return list(known.values())


def _department() -> dict[str, Json]:
    return {
        "_id": DEPARTMENT,
        "routing": "assigned",
        "default": True,
        "status": 1,
        "name": "Default Department",
        "id_project": PROJECT,
        "createdBy": _OWNER,
        "groups": [],
        "tags": [],
        **_STAMPS,
    }


def _subscriptions(port: int, names: Iterable[str]) -> list[dict[str, Json]]:
    """Return a subscription for each name. Those of a seed have the same ids and secret in every run."""
    return [
        {
            "_id": f"65e00000000000000000{number:04x}",
            "secret": "standard-secret",
            "global": name in GLOBAL,
            "target": f"http://127.0.0.1:{port}/{name}",
            "event": name,
            "id_project": PROJECT,
            "createdBy": _OWNER,
            **_STAMPS,
        }
        for number, name in enumerate(names, start=256)
    ]
