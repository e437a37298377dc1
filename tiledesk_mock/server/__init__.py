"""The HTTP server: HTTP/1.1 for one WSGI application, in threads."""

from .connection import Access, Patience
from .server import Server

__all__ = ["Access", "Patience", "Server"]
