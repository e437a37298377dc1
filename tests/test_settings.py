"""Settings, as values, as texts, and from the environment."""

from __future__ import annotations

import pytest

from tiledesk_mock import Settings
from tiledesk_mock.errors import SettingsError
from tiledesk_mock.plugin.options import EMULATOR_FIELDS, PLUGIN_FIELDS
from tiledesk_mock.settings import Dialect, environment_variable, misspelt_variables


def test_settings_given_as_text() -> None:
    """A text is read as the environment's would be."""
    settings = Settings(dialect="server", rate_limit="200/min")  # type: ignore[arg-type]

    assert settings.dialect is Dialect.SERVER
    assert settings.rate_limit == (200, 60)


@pytest.mark.parametrize(
    ("given", "ttl"),
    [
        ({}, 0),
        ({"dialect": "server"}, 3600),
        ({"dialect": "server", "events_ttl": 0}, 0),
        ({"events_ttl": 5}, 5),
    ],
)
def test_settings_ttl_follows_the_dialect_unless_set(given: dict[str, object], ttl: int) -> None:
    """Events stay as documented, and expire as on the server."""
    assert Settings(**given).ttl == ttl  # type: ignore[arg-type]


def test_from_environment_ranks_below_what_is_given() -> None:
    """A value that was given wins over the variable; what was not, comes from it."""
    environ = {"TILEDESK_MOCK_DIALECT": "server", "TILEDESK_MOCK_PORT": "9000", "TILEDESK_MOCK_HANG": ""}

    settings = Settings.from_environment(environ, port=1, hang=None)

    assert (settings.dialect, settings.port, settings.hang) == (Dialect.SERVER, 1, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "65536"), ("PORT", "x"), ("DIALECT", "klingon"), ("HANG", "maybe"), ("RATE_LIMIT", "9")],
)
def test_from_environment_wrong_text(name: str, text: str) -> None:
    """The error names the variable, what it holds, and what was expected."""
    with pytest.raises(SettingsError, match=f"TILEDESK_MOCK_{name}: '{text}' is not"):
        Settings.from_environment({f"TILEDESK_MOCK_{name}": text})


def test_misspelt_variable_is_named_with_the_one_that_was_meant() -> None:
    """Nobody reads it; what only begins alike may be somebody's own."""
    own = dict.fromkeys(("TILEDESK_MOCK_COMPOSE_FILE", "TILEDESK_MOCK_PROJECT", "PATH"), "x")
    environ = {"TILEDESK_MOCK_DIALET": "server", **own}

    assert misspelt_variables(environ) == [
        "unknown variable TILEDESK_MOCK_DIALET: did you mean TILEDESK_MOCK_DIALECT?"
    ]


def test_misspelt_variable_is_none_that_somebody_reads() -> None:
    """Settings, what tests can be set to, and what the command of `exec` is told."""
    handed = ("url", "ws_url", "project_id", "user", "password", "jwt", "admin_token", "in_memory")
    names = (*EMULATOR_FIELDS, *PLUGIN_FIELDS, *Settings.__dataclass_fields__, *handed)

    assert misspelt_variables({environment_variable(name): "x" for name in names}) == []
