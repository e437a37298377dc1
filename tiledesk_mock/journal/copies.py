"""A request as code that sends it again: for curl, for Python's requests, and for JavaScript's fetch.

Secrets are variables of the environment: `PASSWORD`, `JWT` or `TOKEN` of the credentials, `SECRET` elsewhere.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..http.exchange import HOP_BY_HOP, RecordedRequest
from ..redaction.masking import MASK, masked_headers, masked_target
from ..text import late_pattern
from ..tiledesk.auth import BasicCredentials, parse_authorization
from .bodies import shown_body

_OMITTED: Final = HOP_BY_HOP | {
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-length",
    "authorization",
    "expect",
}
"""Headers that every client sends by itself, or that stand elsewhere in the code."""

_PASSWORD: Final = "PASSWORD"  # noqa: S105  (the name of a variable)
_SECRET: Final = "SECRET"  # noqa: S105
_MASKED: Final = late_pattern(r"\*\*\*(?: \((?:sub |[^()\s]+@)[^()]*\))?")
"""A masked secret, with the holder of a token."""

_GLOB: Final = late_pattern(r"[\[\]{}]")
_DOTS: Final = late_pattern(r"/\.\.?(?:[/?]|\Z)")
_UNREADABLE: Final = late_pattern('["!\\\\]')
"""What quotes in a shell would make unreadable, or not keep."""

_SHELL_SAFE: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "$": "\\$", "`": "\\`"})


class Secret(Struct, frozen=True):
    """A variable of the environment in a text."""

    name: str = _SECRET


Text = tuple[str | Secret, ...]
"""The parts of a text."""


class _Copy(Struct, frozen=True):
    """What all languages write: `user` has Basic credentials, a body of bytes is not UTF-8."""

    method: str
    url: Text
    headers: tuple[tuple[str, Text], ...]
    user: str | None
    body: Text | bytes
    has_type: bool


def copies(request: RecordedRequest) -> dict[str, str]:
    """Return the code by the name of its language."""
    copy = _copy(request)
    return {"curl": _curl(copy), "python": _python(copy), "javascript": _javascript(copy)}


def _copy(request: RecordedRequest) -> _Copy:
    body, is_plain = shown_body(request)
    omitted = _OMITTED | {"content-encoding"} if is_plain else _OMITTED
    fields = zip(request.headers, masked_headers(request.headers), strict=True)
    headers = [
        (name, _parts(value, raw)) for (_, raw), (name, value) in fields if name.lower() not in omitted
    ]
    user, credentials = _credentials(request.header("Authorization"))
    host = request.header("Host") or "127.0.0.1"
    scheme = "http" if ":" in host or host[:1].isdigit() else "https"
    return _Copy(
        request.method,
        (f"{scheme}://{host}", *_parts(masked_target(request.target), request.target)),
        (*credentials, *headers),
        user,
        _parts(body, request.body.decode("utf-8", "replace")) if isinstance(body, str) else body,
        request.header("Content-Type") is not None,
    )


def _parts(masked: str, raw: str) -> Text:
    """Return a masked text with variables for its secrets, unless it has such marks itself."""
    if MASK in raw or MASK not in masked:
        return (masked,) if masked else ()
    pieces = _MASKED.split(masked)
    return tuple(part for piece in pieces for part in (piece, Secret()) if part != "")[:-1]


def _credentials(header: str | None) -> tuple[str | None, tuple[tuple[str, Text], ...]]:
    """Return the user of Basic credentials; else the header."""
    if not header:
        return None, ()
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, BasicCredentials):
        return credentials.user, ()
    scheme, _, rest = header.partition(" ")
    if rest.endswith(f":{MASK}"):  # masked already
        return rest.removesuffix(f":{MASK}"), ()
    before = (f"{scheme} ",) if rest else ()
    return None, (("Authorization", (*before, Secret("JWT" if credentials else "TOKEN"))),)


# curl


def _curl(copy: _Copy) -> str:
    words, body = ["curl"], copy.body
    if copy.method == "HEAD" and not body:
        words += ["--head"]
    elif copy.method != ("POST" if body else "GET"):
        words += ["-X", shlex.quote(copy.method)]
    url = _word(copy.url)
    words += ["--globoff"] if _GLOB.search(url) else []
    words += ["--path-as-is"] if _DOTS.search(url) else []
    if copy.user is not None:
        words += ["-u", _word((f"{copy.user}:", Secret(_PASSWORD)))]
    for name, value in copy.headers:
        words += ["-H", _word((f"{name}: ", *map(_typed, value)) if value else (f"{name};",))]
    if body and not copy.has_type:
        words += ["-H", "Content-Type:"]  # curl would say that it is a form
    if isinstance(body, tuple) and not any("\0" in part for part in body if isinstance(part, str)):
        return " ".join([*words, *(["--data-raw", _word(body)] if body else []), url])
    # No argument of a command contains these bytes.
    raw = body if isinstance(body, bytes) else _joined(body, str, "${}", "").encode()
    encoded = base64.b64encode(raw).decode()
    return " ".join(["echo", encoded, "| base64 -d |", *words, "--data-binary", "@-", url])


def _typed(part: str | Secret) -> str | Secret:
    """Return a part of a header as a terminal sends it, which is UTF-8."""
    if isinstance(part, Secret) or part.isascii():
        return part
    try:
        return part.encode("latin-1").decode()
    except ValueError:
        return part


def _word(text: Text) -> str:
    """Return a text as a word of a shell."""
    if not any(isinstance(part, Secret) for part in text):
        return shlex.quote(_joined(text, str, "", ""))
    if any(isinstance(part, str) and _UNREADABLE.search(part) for part in text):
        return _joined(text, shlex.quote, '"${}"', "")
    return f'"{_joined(text, lambda part: part.translate(_SHELL_SAFE), "${}", "")}"'


# Python


def _python(copy: _Copy) -> str:
    arguments = [repr(copy.method), _python_text(copy.url)]
    if copy.headers:
        fields = (f"        {name!r}: {_python_text(value)},\n" for name, value in copy.headers)
        arguments.append(f"headers={{\n{''.join(fields)}    }}")
    if copy.user is not None:
        arguments.append(f"auth=({copy.user!r}.encode(), os.environ[{_PASSWORD!r}].encode())")
    if copy.body:
        body = copy.body
        data = repr(body) if isinstance(body, bytes) else f"{_python_sum(body)}.encode()"
        arguments.append(f"data={data}")
    call = "".join(f"    {argument},\n" for argument in arguments)
    imports = "import os\n\nimport requests" if "os.environ[" in call else "import requests"
    return f"{imports}\n\nresponse = requests.request(\n{call})\nprint(response.status_code, response.text)\n"


def _python_text(text: Text) -> str:
    return _joined(text, repr, 'os.environ["{}"]', " + ") or "''"


def _python_sum(text: Text) -> str:
    return _python_text(text) if len(text) == 1 else f"({_python_text(text)})"


# JavaScript


def _javascript(copy: _Copy) -> str:
    headers = [(name, _javascript_text(value)) for name, value in copy.headers]
    if copy.user is not None:
        pair = _javascript_text((f"{copy.user}:", Secret(_PASSWORD)))
        headers.insert(0, ("Authorization", f'"Basic " + Buffer.from({pair}).toString("base64")'))
    options = [f"  method: {json.dumps(copy.method)},\n"]
    if headers:
        fields = "".join(f"    {json.dumps(name)}: {value},\n" for name, value in headers)
        options.append(f"  headers: {{\n{fields}  }},\n")
    if copy.body and copy.method in ("GET", "HEAD"):
        options.append("  // fetch sends no body with this method\n")
    elif copy.body:
        options.append(f"  body: {_javascript_body(copy.body, has_type=copy.has_type)},\n")
    url = _javascript_text(copy.url)
    return (
        f"const response = await fetch({url}, {{\n{''.join(options)}}});\n"
        "console.log(response.status, await response.text());\n"
    )


def _javascript_text(text: Text) -> str:
    return _joined(text, json.dumps, "process.env.{}", " + ") or '""'


def _javascript_body(body: Text | bytes, *, has_type: bool) -> str:
    if isinstance(body, bytes):
        return f'Buffer.from("{base64.b64encode(body).decode()}", "base64")'
    text = _javascript_text(body)
    return text if has_type else f"Buffer.from({text})"  # of a text it would say that it is one


def _joined(text: Text, write: Callable[[str], str], variable: str, between: str) -> str:
    """Return a text in a language: `write` quotes what stands there, `variable` names a secret."""
    return between.join(
        variable.format(part.name) if isinstance(part, Secret) else write(part) for part in text
    )
