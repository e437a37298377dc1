"""JSON values as typed values: what converts, and how errors are worded."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct, field

from tiledesk_mock.node.convert import ConversionError, convert


class Colour(str, Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class User(Struct, forbid_unknown_fields=True):
    """A user."""

    email: Annotated[str, Meta(pattern="@", description="an e-mail address")]
    age: Annotated[int, Meta(ge=0)] = 0
    colour: Colour = Colour.RED
    pause: float | None = None
    kind: Literal["person", "bot"] = "person"
    headers: dict[str, str | int] = field(default_factory=dict)


class Team(Struct):
    """Users."""

    users: list[User]
    is_open: bool = field(default=False, name="isOpen")

    def __post_init__(self) -> None:
        if self.is_open and not self.users:
            raise ValueError("expected a user in an open team")


def errors_of(value: Any, kind: type = Team) -> list[str]:
    """Return all errors of a value, as `path: problem`."""
    with pytest.raises(ConversionError) as caught:
        convert(value, kind)
    return [str(error) for error in (caught.value, *caught.value.others)]


def test_value_is_converted() -> None:
    """A value that fits is returned as the type; other fields are passed over where the Struct allows it."""
    team = convert({"users": [{"email": "a@b", "age": 3}], "isOpen": True, "more": 1}, Team)

    assert team == Team([User("a@b", 3)], is_open=True)


def test_number_like_1_0_is_a_whole_number() -> None:
    """JSON has one kind of number, and so has JSON Schema."""
    assert convert({"users": [{"email": "a@b", "age": 3.0}]}, Team).users[0].age == 3


def test_number_that_is_too_large_is_infinite() -> None:
    """As JavaScript reads it."""
    assert convert(10**400, float) == float("inf")
    assert convert([-(10**400)], list[float | None]) == [-float("inf")]


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (3, "users[0]: expected an object, not 3"),
        ({}, "users[0].email: missing; expected an e-mail address"),
        ({"email": "x"}, 'users[0].email: expected an e-mail address, not "x"'),
        ({"email": "a@b", "age": "3"}, 'users[0].age: expected a whole number of at least 0, not "3"'),
        ({"email": "a@b", "age": -1}, "users[0].age: expected a whole number of at least 0, not -1"),
        ({"email": "a@b", "age": 1.5}, "users[0].age: expected a whole number of at least 0, not 1.5"),
        ({"email": "a@b", "colour": "green"}, 'users[0].colour: expected one of red, blue, not "green"'),
        ({"email": "a@b", "kind": "cat"}, 'users[0].kind: expected one of person, bot, not "cat"'),
        ({"email": "a@b", "pause": True}, "users[0].pause: expected a number or null, not true"),
        ({"email": "a@b", "pause": "x"}, 'users[0].pause: expected a number or null, not "x"'),
        ({"email": "a@b", "headers": []}, "users[0].headers: expected an object, not []"),
        (
            {"email": "a@b", "headers": {"a": 1, "b": []}},
            "users[0].headers.b: expected text or a whole number",
        ),
        ({"email": "a@b", "emial": "x"}, "users[0].emial: unknown; did you mean email?"),
        (
            {"email": "a@b", "zzz": 1},
            "users[0].zzz: unknown; expected one of email, age, colour, pause, kind",
        ),
    ],
)
def test_error_has_path_and_problem(user: Any, expected: str) -> None:
    """An error names the path, what was expected, and what came."""
    (error,) = errors_of({"users": [user]})

    assert error.startswith(expected)


def test_all_errors_are_found() -> None:
    """An error has the others of the same value, in their order."""
    errors = errors_of({"users": [{"email": 3}, {"age": None}], "isOpen": "yes"})

    assert [error.partition(":")[0] for error in errors] == [
        "users[0].email",
        "users[1].email",
        "users[1].age",
        "isOpen",
    ]


def test_rule_of_a_struct_is_an_error() -> None:
    """What a Struct refuses in `__post_init__` is an error with its path."""
    assert errors_of({"users": [], "isOpen": True}) == ["expected a user in an open team"]
    assert errors_of([{"users": [], "isOpen": True}], list[Team]) == ["[0]: expected a user in an open team"]


def test_long_value_is_cut_off() -> None:
    """A message is one line of reasonable length."""
    (error,) = errors_of({"users": [{"email": "x" * 1000}]})

    assert len(error) < 130
    assert error.endswith("...")


def test_key_that_is_half_of_a_surrogate_pair_is_a_key() -> None:
    """JSON can write such a key, and it is passed over or refused like another."""
    assert convert({"users": [], "\ud800": 1}, Team) == Team([])
    assert errors_of({"email": "a@b", "\ud800": 1}, User) == [
        "\ud800: unknown; expected one of email, age, colour, pause, kind, headers"
    ]
