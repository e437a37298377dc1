"""ETags as Express makes them."""

from __future__ import annotations

import base64
import hashlib


def weak_etag(body: bytes) -> str:
    """Return the weak ETag that Express gives a body: its length in hex, 27 characters of its SHA-1."""
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return f'W/"{len(body):x}-{base64.b64encode(digest).decode()[:27]}"'
