"""WebSockets: up to three clients, what they say and publish, events between, and frames of every form."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from tiledesk_mock.node.json import Json

from .choices import ODD_VALUES, chance

_MEMBERS: Final = ("owner", "agent", "admin", "supervisor", "teammate", "auditor", "outsider", "left")
_SENDERS: Final = (*("owner/jwt",) * 8, "agent/jwt", "guest", "customer", "bot", "outsider/jwt", "owner")
_PROJECTS: Final = ("{a}",) * 8 + ("{b}", "{closed}", "65B000000000000000000001", "nope", "twelve-chars", "")
_IDS: Final = (
    *("{owner}", "{owner}", "{agent}", "{guest}", "{customer}") * 2,
    "{bot}",
    "65C000000000000000000001",
    "65a000000000000000000001",
    "65a000000000000000000003",
    "65c0000000000000000000ff",
    "customer-42",
    "nope",
    "",
)
_WORDS: Final = (
    *("events",) * 6,
    "Events",
    "requests",
    "messages",
    "bots",
    "project_users",
    "project_users/users",
    "users",
    "x",
)
_NAMES: Final = ("live", "paid", "a b", "a/b", "é", "Live")
_MESSAGES: Final[tuple[Json, ...]] = ("hi", 1, {"a": [1, {"b": None}]}, {"2": 1, "1": 2}, "\u2028 é")
_CODES: Final = (999, 1000, 1001, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 2999, 3000, 4999, 5000)


def generate(random: Random) -> dict[str, Any]:
    """Return a case of six to fourteen steps, with topics of which a few come again and again."""
    clients = {name: f"{_member(random)}/jwt" for name in "xyz"[: random.randint(1, 3)]}
    topics = ["/{a}/events/{owner}", *(_topic(random) for _ in range(3))]
    first = [_subscribe(random, name, topics) for name in clients]
    steps = [_step(random, random.choice(list(clients)), topics) for _ in range(random.randint(6, 14))]
    if chance(random, 0.3):
        steps.append({"frames": _ending(random), "client": random.choice(list(clients))})
    return {"name": "random", "clients": clients, "steps": [*first, *steps]}


def _member(random: Random) -> str:
    return random.choices(_MEMBERS, weights=(10, 4, 2, 1, 1, 1, 1, 1))[0]


def _topic(random: Random) -> str:
    parts = ["", random.choice(_PROJECTS), random.choice(_WORDS), random.choice(_IDS)]
    if chance(random, 0.3):
        parts.append(random.choice((*_NAMES, "", "events", "messages", "requests")))
    if chance(random, 0.1):
        parts.insert(random.randrange(len(parts) + 1), random.choice(("", "x")))
    if chance(random, 0.15):
        del parts[random.randrange(len(parts))]
    return "/".join(parts)


def _step(random: Random, client: str, topics: list[str]) -> dict[str, Any]:
    makers = (_subscribe, _unsubscribe, _publish, _fire, _odd, _text, _frames)
    return random.choices(makers, weights=(20, 8, 25, 20, 12, 5, 10))[0](random, client, topics)


def _subscribe(random: Random, client: str, topics: list[str]) -> dict[str, Any]:
    return _said(client, "subscribe", topic=_chosen(random, topics))


def _unsubscribe(random: Random, client: str, topics: list[str]) -> dict[str, Any]:
    topic: Json = _chosen(random, topics)
    return _said(client, "unsubscribe", topic=[topic] if chance(random, 0.1) else topic)


def _publish(random: Random, client: str, topics: list[str]) -> dict[str, Any]:
    payload: dict[str, Json] = {"topic": _chosen(random, topics)}
    if chance(random, 0.95):
        payload["message"] = random.choice((*_MESSAGES, *ODD_VALUES))
    if chance(random, 0.2):
        payload["method"] = "UPDATE"
    return _said(client, random.choice(("publish", "publish", "broadcast")), **payload)


def _fire(random: Random, _client: str, _topics: list[str]) -> dict[str, Any]:
    body: dict[str, Json] = {"name": random.choice(_NAMES)}
    if chance(random, 0.5):
        body["attributes"] = random.choice((*_MESSAGES, *ODD_VALUES))
    return {"post": "/{a}/events", "as": random.choice(_SENDERS), "json": body}


def _odd(random: Random, client: str, topics: list[str]) -> dict[str, Any]:
    """Return a message of which something is not as it should be."""
    actions = ("subscribe", "unsubscribe", "publish", "broadcast", "heartbeat", "me", "unknown", "Publish")
    message: dict[str, Json] = {
        "action": random.choice(actions),
        "payload": {
            "topic": _chosen(random, topics),
            "message": {"text": random.choice(("ping", ["ping"], "x"))},
        },
    }
    if chance(random, 0.2):
        message["action"] = random.choice((*ODD_VALUES, ["me"]))
    if chance(random, 0.3):
        message["payload"] = random.choice(ODD_VALUES)
    elif chance(random, 0.4):
        message["payload"][random.choice(("topic", "message"))] = random.choice(ODD_VALUES)
    for key in ("action", "payload"):
        if chance(random, 0.05):
            del message[key]
    return {"say": message, "client": client}


def _text(random: Random, client: str, _topics: list[str]) -> dict[str, Any]:
    texts = (
        "",
        "{",
        "3",
        "null",
        "[]",
        '"me"',
        "me",
        "{'action':'me'}",
        ' {"action":"me"}\n',
        '{"action":"m\\u0065"}',
    )
    return {"text": random.choice(texts), "client": client}


def _frames(random: Random, client: str, topics: list[str]) -> dict[str, Any]:
    """Return frames that leave the connection open."""
    message = _publish(random, client, topics)["say"]
    return {"frames": random.choice((_binary, _fragments, _pings, _wide))(random, message), "client": client}


def _binary(_random: Random, message: Json) -> list[Json]:
    return [{"payload": message, "opcode": 2}]


def _fragments(random: Random, message: Json) -> list[Json]:
    between = [{"payload": "beat", "opcode": random.choice((9, 10))}] if chance(random, 0.5) else []
    opcode = random.choice((1, 1, 2))
    whole = {"payload": message, "opcode": opcode, "final": False}
    return [whole, *between, {"payload": random.choice(("", " ", "x")), "opcode": 0}]


def _pings(random: Random, _message: Json) -> list[Json]:
    return [{"payload": "x", "times": random.choice((0, 1, 125)), "opcode": random.choice((9, 9, 10))}]


def _wide(random: Random, message: Json) -> list[Json]:
    return [{"payload": message, "length_bytes": random.choice((3, 9))}]


def _ending(random: Random) -> list[Json]:
    """Return frames that end the connection."""
    closing = {"hex": f"{random.choice(_CODES):04x}{random.choice(('', '', '627965', 'ff'))}", "opcode": 8}
    endings: tuple[Json, ...] = (
        closing,
        closing,
        {"hex": random.choice(("", "03")), "opcode": 8},
        {"hex": random.choice(("ff", "22eda08022", "c3"))},
        {"payload": "{}", "reserved": random.randint(1, 7)},
        {"payload": "{}", "opcode": random.choice((0, 3, 4, 5, 6, 7, 11, 12, 15))},
        {"payload": "{}", "masked": False},
        {"payload": "x", "opcode": random.choice((8, 9, 10)), "final": False},
        {"payload": "x", "times": 126, "opcode": random.choice((8, 9, 10))},
        {"payload": "", "length": random.choice(((100 << 20) + 1, 1 << 40, 1 << 63)), "length_bytes": 9},
    )
    return [random.choice(endings), *([{"payload": "late", "opcode": 9}] if chance(random, 0.3) else [])]


def _chosen(random: Random, topics: list[str]) -> str:
    """Return a topic of the case, mostly the first one, or another."""
    if chance(random, 0.1):
        return _topic(random)
    return random.choices(topics, weights=(4, *[1] * (len(topics) - 1)))[0]


def _said(client: str, action: str, **payload: Json) -> dict[str, Any]:
    return {"say": {"action": action, "payload": payload}, "client": client}
