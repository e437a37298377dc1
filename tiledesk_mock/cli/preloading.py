"""Import what a server needs later, since its package may be replaced or removed while it runs."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from ..control.controls import own_version

_LATE_MODULES: Final = (
    "encodings.idna",  # of the hosts of targets
    "encodings.utf_16_le",  # of texts as JavaScript measures them
    "jwt",
    "tiledesk_mock.emulator.modes",
    "tiledesk_mock.faults.rule",
    "tiledesk_mock.node.inspect",
    "tiledesk_mock.node.qs",
    "tiledesk_mock.node.url",
    "tiledesk_mock.realtime.hub",
    "tiledesk_mock.redaction.markup",
    "tiledesk_mock.redaction.pairs",
    "tiledesk_mock.seeding.schema",
    "tiledesk_mock.seeding.yaml",
    "tiledesk_mock.tiledesk.conditions",
    "tiledesk_mock.tiledesk.platform_events",
    "tiledesk_mock.web.control",
    "tiledesk_mock.web.origins",
    "tiledesk_mock.web.websockets",
    "tiledesk_mock.webhooks.webhooks",
)
"""Modules that are imported inside functions, for the sake of tests, which start many emulators."""


def import_late_modules() -> None:
    """Import every module that a running server may need."""
    for name in _LATE_MODULES:
        import_module(name)
    own_version()
