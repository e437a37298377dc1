"""Settings as values, as text, and from the environment."""

from __future__ import annotations

import pytest

from tiledesk_mock import Settings
from tiledesk_mock.errors import SettingsError
from tiledesk_mock.plugin.options import EMULATOR_FIELDS, PLUGIN_FIELDS
from tiledesk_mock.settings import Dialect, environment_variable, misspelt_variables


def test_settings_from_text() -> None:
    """Text is parsed as in an environment variable."""
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
def test_ttl_depends_on_the_dialect_unless_set(given: dict[str, object], ttl: int) -> None:
    """Events stay in the documented dialect, and expire in that of the server."""
    assert Settings(**given).ttl == ttl  # type: ignore[arg-type]


def test_from_environment_ranks_below_arguments() -> None:
    """An argument wins over the variable, unless it is None."""
    environ = {"TILEDESK_MOCK_DIALECT": "server", "TILEDESK_MOCK_PORT": "9000", "TILEDESK_MOCK_HANG": ""}

    settings = Settings.from_environment(environ, port=1, hang=None)

    assert (settings.dialect, settings.port, settings.hang) == (Dialect.SERVER, 1, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "65536"), ("PORT", "x"), ("DIALECT", "klingon"), ("HANG", "maybe"), ("RATE_LIMIT", "9")],
)
def test_from_environment_with_invalid_text(name: str, text: str) -> None:
    """The error has the name of the variable, its text, and what was expected."""
    with pytest.raises(SettingsError, match=f"TILEDESK_MOCK_{name}: '{text}' is not"):
        Settings.from_environment({f"TILEDESK_MOCK_{name}": text})


def test_misspelt_variable_gets_a_suggestion() -> None:
    """Variables that only share the prefix may be the user's own."""
    own = dict.fromkeys(("TILEDESK_MOCK_COMPOSE_FILE", "TILEDESK_MOCK_PROJECT", "PATH"), "x")
    environ = {"TILEDESK_MOCK_DIALET": "server", **own}

    assert misspelt_variables(environ) == [
        "unknown variable TILEDESK_MOCK_DIALET: did you mean TILEDESK_MOCK_DIALECT?"
    ]


def test_known_variables_are_not_misspelt() -> None:
    """Settings, options of the plugin, and the variables of `exec`."""
    handed = ("url", "ws_url", "project_id", "user", "password", "jwt", "admin_token", "in_memory")
    names = (*EMULATOR_FIELDS, *PLUGIN_FIELDS, *Settings.__dataclass_fields__, *handed)

    assert misspelt_variables({environment_variable(name): "x" for name in names}) == []
