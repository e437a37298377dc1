"""The HTTP server: HTTP/1.1 for one WSGI application, in threads."""

from .connection import AccessLogEntry
from .server import Server, listen
from .stream import Timeouts

__all__ = ["AccessLogEntry", "Server", "Timeouts", "listen"]
