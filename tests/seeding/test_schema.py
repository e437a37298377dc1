"""The JSON Schema of seeds, and the types that read them."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from tiledesk_mock.node.convert import ConversionError, convert
from tiledesk_mock.seeding.schema import SEED
from tiledesk_mock.seeding.seeds import (
    builtin_seed,
)
from tiledesk_mock.tiledesk.conversations import Answer, Conversation, Department, Group, Lead, Message
from tiledesk_mock.tiledesk.model import Bot, Event, Project, ProjectUser, User

from ..contract_recordings import CONTRACT

RECORDED_SEED = CONTRACT / "world.json"

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(builtin_seed("empty").with_name("seed.schema.json").read_bytes())
)


class TestSchema:
    """The JSON Schema, which editors use, and the reader accept the same."""

    @pytest.mark.parametrize(
        "document",
        [
            [],
            {"evnets": []},
            {"users": None},
            {"users": [3]},
            {"users": [{"email": "a@b"}]},
            {"users": [{"email": "a", "password": "x"}]},
            {"users": [{"email": "", "password": ""}]},
            {"users": [{"email": "a@b", "password": "x", "status": "100"}]},
            {"users": [{"email": "a@b", "password": "x", "status": 1.5}]},
            {"users": [{"email": "a@b", "password": "x", "emailverified": 1}]},
            {"users": [{"email": "a@b", "password": "x", "emailverified": None}]},
            {"projects": [{"name": ""}]},
            {"projects": [{"name": "x", "_id": "65B00000000000000000000A\n"}]},
            {"projects": [{"name": "x", "colour": "red"}]},
            {"project_users": [{"role": "x"}]},
            {"project_users": [{"role": "x", "id_user": ""}]},
            {"project_users": [{"role": "x", "uuid_user": "y", "tags": {}}]},
            {"project_users": [{"role": "x", "uuid_user": "y", "last_login_at": "now"}]},
            {"bots": [{"name": "x", "score": True}]},
            {"subscriptions": [{"event": "event.emit"}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "secret": None}]},
            {"subscriptions": [{"event": "event.emit", "target": None}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "id_project": ""}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "createdBy": None}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "global": None}]},
            {"subscriptions": [{"order": ["event", "colour"]}]},
            {"subscriptions": [{"order": ["__v"], "__v": []}]},
            {"events": [{"name": "x", "createdAt": "2026-01-31"}]},
            {"events": [{"name": "x", "project_user": 3}]},
            {"$schema": 3},
        ],
    )
    def test_schema_refuses_what_the_reader_refuses(self, document: Any) -> None:
        """An editor marks what would be an error."""
        assert not VALIDATOR.is_valid(document)
        with pytest.raises(ConversionError):
            convert(document, SEED)

    @pytest.mark.parametrize(
        "document",
        [
            {},
            {"$schema": "seed.schema.json", "users": []},
            {"users": [{"email": "a@b", "password": "x", "status": 100.0, "firstname": None, "__v": []}]},
            {"users": [{"email": "a", "password": ""}, {"email": " b\n", "password": ""}]},
            {"projects": [{"name": "x", "_id": "65B00000000000000000000A", "jwtSecret": None, "tags": 3}]},
            {"project_users": [{"role": "x", "id_user": None, "last_login_at": None, "tags": [1, {}]}]},
            {"project_users": [{"role": "x", "uuid_user": "y", "last_login_at": "-1d12h", "trashed": True}]},
            {"bots": [{"name": "x", "secret": None, "score": -1, "url": None}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "global": True}]},
            {"subscriptions": [{"order": ["_id", "event", "__v"], "event": None}]},
            {"events": [{"name": "x", "attributes": None, "createdAt": "2026-01-31T12:00Z"}]},
            json.loads(RECORDED_SEED.read_bytes()),
            *(json.loads(builtin_seed(name).read_bytes()) for name in ("default", "busy", "empty")),
        ],
    )
    def test_schema_accepts_what_the_reader_accepts(self, document: Any) -> None:
        """An editor marks nothing that is right."""
        assert list(VALIDATOR.iter_errors(document)) == []
        assert convert(document, SEED)

    @pytest.mark.parametrize(
        ("kind", "record"),
        [
            ("users", User),
            ("projects", Project),
            ("project_users", ProjectUser),
            ("bots", Bot),
            ("events", Event),
            ("departments", Department),
            ("groups", Group),
            ("leads", Lead),
            ("requests", Conversation),
            ("messages", Message),
            ("answers", Answer),
        ],
    )
    def test_seed_has_every_field_of_the_record(self, kind: str, record: type[msgspec.Struct]) -> None:
        """What a record keeps is not among the ignored fields."""
        properties = msgspec.json.schema(SEED)["$defs"][kind.removesuffix("s")]["properties"]

        for field in set(record.__struct_encode_fields__) - {"order"}:
            assert {"title", "description"} & properties[field].keys(), field
