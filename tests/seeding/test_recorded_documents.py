"""The documents that the real server's webhooks have are entries of seeds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock.seeding.seeds import seed_document

from ..contract_recordings import CONTRACT
from .reading import read

LISTS = {
    "lead": "leads",
    "request": "requests",
    "message": "messages",
    "department": "departments",
    "group": "groups",
    "faq": "answers",
    "faqbot": "bots",
    "project": "projects",
    "project_user": "project_users",
}
"""Which list of a seed has the documents of a webhook whose name begins so."""

FOLLOWS = {
    *("id", "__v", "hasBot", "isAuthenticated", "isBusy", "request", "messages", "id_project"),
    *("requester_id", "participatingAgents", "participatingBots", "bot"),
    *("ipFilter", "ipFilterEnabled", "ipFilterDeny", "ipFilterDenyEnabled"),
    *("trialExpired", "trialDaysLeft", "isActiveSubscription"),
}
"""The fields of payloads that follow from others, or from other records."""

NOT_KEPT = {"publishedAt", "publishedBy", "release_note", "root_id"}
"""The fields that are ignored: those of a published bot."""

PLACEHOLDERS = {"<time>": "2026-01-01T00:00:00.000Z", "<ticket_id>": 7, "<duration>": 3, "<ms>": 0}


def filled(value: Any) -> Any:
    """Return recorded JSON with values in place of its placeholders, without what varied between runs."""
    if isinstance(value, dict):
        return {name: filled(item) for name, item in value.items() if item != "<varies>"}
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, str) and (number := re.fullmatch(r"<id:(\d+)>", value)):
        return f"{int(number[1]):024x}"
    return PLACEHOLDERS.get(value, value) if isinstance(value, str) else value


def payloads(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the list and the document of each recorded webhook that has a record."""
    recorded = json.loads((CONTRACT / "recordings" / f"{name}.json").read_bytes())
    for steps in recorded.values():
        for step in steps:
            for webhook in step.get("webhooks", ()):
                kind = LISTS.get(webhook["path"].removeprefix("/").split(".")[0])
                payload = filled(webhook["json"].get("payload"))
                if kind is not None and isinstance(payload, dict):  # or "as in" another webhook
                    yield kind, payload


@pytest.mark.parametrize(
    "name",
    ["standard_webhooks", "standard_records", "standard_conversations", "standard_limits", "standard_random"],
)
def test_recorded_documents_are_entries(name: str) -> None:
    """Each document is read beside the recorded world, with every field that the emulator keeps."""
    world = json.loads((CONTRACT / "world.json").read_bytes())

    for kind, payload in payloads(name):
        seed = {
            **world,
            kind: [one for one in world.get(kind, ()) if one["_id"] != payload["_id"]] + [payload],
        }
        if kind == "messages":
            seed["requests"] = [payload["request"]]
        if payload.get("id_group"):  # the real server takes any text
            seed["groups"] = [{"name": payload["id_group"], "id_project": payload["id_project"]}]
        if isinstance(payload.get("id_user"), dict):
            user = {"email": "new@example.com", "password": "x", **payload["id_user"]}
            seed["users"] = [one for one in world["users"] if one["_id"] != user["_id"]] + [user]

        exported = seed_document(read(seed))[kind][-1]

        assert payload.keys() - exported.keys() <= FOLLOWS | NOT_KEPT, payload
