"""Requests as Express and Tiledesk's proxies read them: paths, and requests as recorded values."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes

from werkzeug.wsgi import get_input_stream

from ..errors import MalformedEscape
from ..http.exchange import RecordedRequest
from ..http.paths import PREFIXES
from ..node.body_parser import parse_body
from ..node.json import Json

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RAW_PATH: Final = "tiledesk_mock.path"
"""Environ key of the path as it was sent, without the query."""

ADMIN: Final = "__admin"
"""First segment of the control API's paths."""

LONGEST_BODY: Final = 16 * 1024 * 1024
"""Bytes of a body that are read. Tiledesk refuses far shorter bodies, and giants must not fill the memory."""

_PAGE_PATHS: Final = frozenset({f"/{ADMIN}", f"/{ADMIN}/login", f"/{ADMIN}/logout"})

EMULATED_PATHS: Final = frozenset(
    {"/testauth", "/testauth/noentitycheck"}
    | {f"/auth/{name}" for name in ("signin", "signup", "signinanonymously", "signinwithcustomtoken")}
)
"""Emulated paths outside of projects. The first segment of any other path is a project id."""

_MOUNTED: Final = {"auth": 1, "testauth": 1, "events": 2, "subscriptions": 2}
"""The routers by their word, and the number of segments before the path that a router matches."""

_WEBSOCKET_PATHS: Final = frozenset(
    {f"{prefix}/{path}" for prefix in ("", *(f"/{name}" for name in PREFIXES)) for path in ("", "ws", "ws/")}
)
"""Where WebSockets open: the recorded server has `/ws` only, others the rest."""

_UNPREFIXED: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")
_MALFORMED_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_LITERAL: Final = "!#$&'()*+,/:;=?@[]~%|^\\"


def set_paths(environ: WSGIEnvironment) -> None:
    """Keep the raw path in the environ, and give Flask's router the path as Express's router matches it."""
    environ[RAW_PATH] = path = _raw_path(environ)
    environ["PATH_INFO"] = canonical(path)
    environ["SCRIPT_NAME"] = ""


def recorded_request(environ: WSGIEnvironment, *, has_body: bool = True) -> RecordedRequest:
    """Return the request of an environ that has its raw path; its body can still be read afterwards."""
    # Called for every request: a list of pairs is made in half the time of a generator's.
    headers = [(_field_name(name), value) for name, value in environ.items() if name[:5] == "HTTP_"]
    headers += [(_field_name(name), environ[name]) for name in _UNPREFIXED if environ.get(name)]
    path, query = environ[RAW_PATH], environ.get("QUERY_STRING")
    target = f"{path}?{query}" if query else path
    body = whole_body(environ) if has_body else b""
    return RecordedRequest(environ["REQUEST_METHOD"], target, tuple(headers), body)


def environ_for(request: RecordedRequest, environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return an environ for `request` that came through the connection of another one's `environ`."""
    new = {
        name: value
        for name, value in environ.items()
        if not name.startswith("HTTP_") and name not in _UNPREFIXED
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        new[key if key in _UNPREFIXED else f"HTTP_{key}"] = value
    new.pop("HTTP_TRANSFER_ENCODING", None)
    path, _, query = request.target.partition("?")
    new |= {"REQUEST_METHOD": request.method, "RAW_URI": request.target, "REQUEST_URI": request.target}
    new |= {"PATH_INFO": path, "QUERY_STRING": query}
    new |= {"wsgi.input": io.BytesIO(request.body), "CONTENT_LENGTH": str(len(request.body))}
    set_paths(new)
    return new


def whole_body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request, up to LONGEST_BODY; it can be read again."""
    stream = environ["wsgi.input"]
    if type(stream) is io.BytesIO:
        return stream.getvalue()
    body = get_input_stream(environ).read(LONGEST_BODY)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    return body


def parsed_body(environ: WSGIEnvironment) -> Json | Exception:
    """Return the parsed body of a request; or the exception that responds to it, which is raised later."""
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        return {}
    content_type, encoding = environ.get("CONTENT_TYPE"), environ.get("HTTP_CONTENT_ENCODING")
    try:
        return parse_body(whole_body(environ), content_type, encoding)
    except Exception as error:  # noqa: BLE001  (whatever it is, the client gets a response)
        return error


def is_control(environ: WSGIEnvironment) -> bool:
    """Return whether a request is for the control API, with or without a prefix."""
    return ADMIN in environ["PATH_INFO"] and environ["PATH_INFO"].split("/", 2)[1] == ADMIN


def is_page(environ: WSGIEnvironment) -> bool:
    """Return whether a request to the control API is for the page, or what belongs to it."""
    path: str = environ["PATH_INFO"]
    return path in _PAGE_PATHS or path.startswith(f"/{ADMIN}/static/")


def has_websocket(environ: WSGIEnvironment) -> bool:
    """Return whether WebSockets open at the path of a request."""
    return environ[RAW_PATH] in _WEBSOCKET_PATHS


def canonical(path: str) -> str:
    """Return a raw path without prefix and trailing slash, its words in lower case, its ids as they came."""
    if not path.startswith("/"):
        return path  # that of `OPTIONS *`
    segments = path.split("/")[1:]
    if len(segments) > 1 and segments[0].lower() in PREFIXES:
        del segments[0]
    if "//" in path:
        _skip_slash(segments)
    if len(segments) > 1 and not segments[-1] and any(segments):
        del segments[-1]
    lowered = "/" + "/".join(segments).lower()
    if lowered in EMULATED_PATHS:
        return lowered
    if len(segments) > 1:
        segments[1] = segments[1].lower()
        if len(segments) == 3 and segments[2].lower() == "history":
            segments[2] = "history"
    return "/" + "/".join(segments)


def _skip_slash(segments: list[str]) -> None:
    """Remove the empty segment behind a router's word: Express takes one slash more for its part."""
    for word, index in zip(segments, (1, 2), strict=False):
        if _MOUNTED.get(word.lower()) == index and segments[index:][1:] and not segments[index]:
            del segments[index]
            return


def decode(segment: str) -> str:
    """Decode a segment as decodeURIComponent does; raise MalformedEscape where that throws."""
    if segment.isascii() and "%" not in segment:
        return segment
    raw = segment.encode("latin-1", "replace")
    try:
        if _MALFORMED_ESCAPE.search(raw):
            raise MalformedEscape
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedEscape from None


def printed(path: str) -> str:
    """Return a raw path, its escapes well formed, as Express prints it: escaped for a URL, then for HTML."""
    escaped = quote(path.encode(), safe=_LITERAL)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        escaped = escaped.replace(character, entity)
    return escaped


def _raw_path(environ: WSGIEnvironment) -> str:
    """Return the path of the request line, undecoded; it is encoded again if the server does not pass it."""
    target: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if target is None:
        decoded: bytes = (environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]).encode("latin-1")
        return (
            "".join(chr(byte) if 0x20 < byte < 0x7F and byte != 0x25 else f"%{byte:02X}" for byte in decoded)
            or "/"
        )
    if "://" in target and not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.partition("?")[0]


@lru_cache(512)
def _field_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").title()
