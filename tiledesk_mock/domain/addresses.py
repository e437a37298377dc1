"""Addresses of HTTP servers."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_http(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL; None for what is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # which says only now that it is none
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None
