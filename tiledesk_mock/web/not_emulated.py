"""The routes that Tiledesk has and the emulator does not have, as the real server answers to their names."""

from __future__ import annotations

import re
from typing import Final

_IN_PROJECTS: Final = """
activities analytics bots campaigns canned copilot departments emails faq faq_kb faqpub files groups images
integration intents jwt kb kbsettings keys labels leads llm logs mcp messages modules openai operatinghours
pendinginvitations project_users properties publicanalytics quotes requests roles segments tags users
webhooks widgets
"""
"""The words that follow a project's id."""

_OUTSIDE: Final = """
*       /logs/**
*       /modules/**
*       /requests_util/**
*       /users/**
*       /webhook/*
GET     /auth/checkpswresetkey/*
GET     /auth/google
GET     /auth/google/callback
GET     /auth/keycloak
GET     /auth/keycloak/callback
GET     /auth/oauth2
GET     /auth/oauth2/callback
PUT     /auth/requestresetpsw
PUT     /auth/resetpsw/*
PUT     /auth/verifyemail/*/*
GET     /files
GET     /files/download
GET     /images
GET     /images/thumbnails
GET     /projects
POST    /projects
GET     /projects/*
PUT     /projects/*
PATCH   /projects/*
DELETE  /projects/*
GET     /projects/*/isopen
GET     /stylesheets/**
GET     /urls/redirect
GET     /users_util/*
"""
"""The routes outside of projects: `*` is any method or segment, `**` is any number of segments.

With another method or path the first segment is a project id: `POST /auth/nope` is an invalid project.
"""

_WORDS: Final = frozenset(_IN_PROJECTS.split())


def is_outside(method: str, path: str) -> bool:
    """Return whether the real server has a route outside of projects that the emulator does not have.

    `path` is canonical: without prefix and without trailing slash.
    """
    called = f"{'GET' if method == 'HEAD' else method} {path.lower()}"
    return any(re.fullmatch(_pattern(line), called) for line in _OUTSIDE.strip().splitlines())


def is_not_emulated(method: str, path: str) -> bool:
    """Return whether the real server has a route for a canonical path that the emulator does not have."""
    return not _WORDS.isdisjoint(path.split("/")[2:3]) or is_outside(method, path)


def _pattern(line: str) -> str:
    method, path = line.split()
    segments = re.escape(path).replace(r"/\*\*", "(?:/.*)?").replace(r"\*", "[^/]+")
    return f"{'[A-Z]+' if method == '*' else method} {segments}"
