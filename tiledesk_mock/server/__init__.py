"""The HTTP server: HTTP/1.1 for one WSGI application, in threads."""

from .connection import AccessLogEntry, Timeouts
from .server import Server

__all__ = ["AccessLogEntry", "Server", "Timeouts"]
