"""Conversations written as seeds, and read again."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.node.json import ABSENT
from tiledesk_mock.seeding.seeds import seed_document

from .reading import SHOP, read
from .test_conversations import BOT, CHAT, MEMBER, OWNER, chat

JSON = st.none() | st.booleans() | st.integers(-5, 5) | st.dictionaries(st.text(max_size=3), st.just(1.5))
NULLABLE_TEXT = st.none() | st.text(max_size=5)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "requester": st.sampled_from([None, "customer-1", MEMBER]),
        "lead": st.sampled_from([None, "customer-1", "7" * 24]),
        "department": st.sampled_from([None, "Sales", "8" * 24]),
        "participants": st.lists(st.sampled_from([OWNER, "bot_Robin", "9" * 24]), max_size=2),
        "channel": JSON,
        "channelOutbound": JSON,
        "attributes": JSON,
        "snapshot": st.dictionaries(st.text(max_size=3), JSON),
        "rating": st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 5),
        "duration": st.integers(0, 9),
        "assigned_at": st.just("-1h"),
        "__v": st.integers(0, 3),
    },
)
LEADS = st.fixed_dictionaries(
    {},
    optional={
        "fullname": NULLABLE_TEXT,
        "email": NULLABLE_TEXT,
        "phone": NULLABLE_TEXT,
        "attributes": JSON,
    },
)
DEPARTMENTS = st.fixed_dictionaries(
    {"name": st.just("Sales")},
    optional={
        "id_bot": st.sampled_from([None, "Robin", "9" * 24]),
        "id_group": st.sampled_from([None, "Team"]),
        "description": NULLABLE_TEXT,
        "groups": st.lists(st.sampled_from(["Team", {"percentage": 3}, None]), max_size=2),
        "default": st.booleans(),
    },
)
MESSAGES = st.fixed_dictionaries(
    {"recipient": st.just("support-group-x")},
    optional={
        "senderFullname": NULLABLE_TEXT,
        "text": st.text(max_size=3),
        "sender": st.sampled_from(["system", "owner@example.com", BOT]),
        "metadata": JSON,
        "attributes": JSON,
    },
)


class TestExport:
    """Conversations written as seeds."""

    @given(
        st.lists(REQUESTS, max_size=3),
        st.lists(LEADS, max_size=2),
        st.lists(DEPARTMENTS, min_size=1, max_size=2),
        st.lists(MESSAGES, max_size=2),
    )
    def test_export_is_imported_without_a_difference(
        self, requests: list[Any], leads: list[Any], departments: list[Any], messages: list[Any]
    ) -> None:
        """Absent and null fields, and references to removed records, survive."""
        dataset = chat(
            requests=[*requests, {"request_id": "support-group-x"}],
            leads=[*CHAT["leads"], *leads],
            departments=departments,
            messages=messages,
            answers=[{"id_faq_kb": "Robin"}],
        )

        assert read(json.loads(json.dumps(seed_document(dataset)))) == dataset

    def test_null_names_of_people_survive(self) -> None:
        """A name that is null is not as one that is absent."""
        users = [{**SHOP["users"][0], "firstname": None, "phone": None}]

        dataset = read({**SHOP, "users": users})

        assert dataset.users[0].firstname is None
        assert dataset.users[0].lastname is ABSENT
        assert read(seed_document(dataset)) == dataset

    def test_event_of_a_removed_member_survives(self) -> None:
        """A member that is no more may have fired an event."""
        dataset = read(
            {**SHOP, "events": [{"name": "x", "project_user": "9" * 24, "createdBy": "customer-9"}]}
        )

        assert dataset.events[0].project_user == "9" * 24
        assert read(seed_document(dataset)) == dataset
