"""Requests that are answered before they become any: no socket is opened."""
