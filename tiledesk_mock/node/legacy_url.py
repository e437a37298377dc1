"""URLs as Node's `url.parse()` reads them, which accepts texts that `new URL()` refuses."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from .json import LONE_SURROGATE

_SPACES: Final = "".join(map(chr, range(0x21))) + "\xa0\ufeff"
_BEFORE_QUERY: Final = re.compile(r"[^?#]*")
_SPACE: Final = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SIMPLE_PATH: Final = re.compile(rf"(//?(?!/)[^?{_SPACE}]*)(\?[^{_SPACE}]*)?\Z")
_PROTOCOL: Final = re.compile(r"[a-z0-9.+-]+:", re.IGNORECASE | re.ASCII)
_HOST_WITHOUT_PROTOCOL: Final = re.compile(r"//[^@/]+@[^@/]+")
_HOSTLESS: Final = "javascript:"
_SLASHED: Final = frozenset({"http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"})

_DROPPED_IN_HOST: Final = re.compile("[\t\n\r]")
_AUTHORITY: Final = re.compile("[^#/?]*")
_HOST_END: Final = re.compile(r"""[ "%';<>\\^`{|}]""")
_PORT: Final = re.compile(r":([0-9]*)\Z")
_NOT_IN_HOST: Final = re.compile(r"[/\\#?:]")
_FORBIDDEN: Final = re.compile(r"[\x00\t\n\r #%/:<>?@\[\\\]^|]")
_FORBIDDEN_IN_IPV6: Final = re.compile(r"[\x00\t\n\r #%/<>?@\\^|]")
_LONGEST_HOST: Final = 255

_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")
_IGNORED_IN_HOST: Final = re.compile("[\u00ad\u034f\u180b-\u180f\u200b\u2060\u2064\ufe00-\ufe0f\ufeff]")
_JOINERS: Final = re.compile("[\u200c\u200d]")
_NO_LETTERS: Final = ("Cn", "Co", "Cs", "Cc", "Cf", "Zl", "Zp", "Zs")

_ESCAPED: Final = str.maketrans({char: f"%{ord(char):02X}" for char in "\t\n\r \"'<>\\^`{|}"})
_SAFE_IN_AUTH: Final = "!'()*:"


class Url(Struct, kw_only=True):
    """The parts of a URL, in the order of Node's object; None where Node has null."""

    protocol: str | None = None
    slashes: bool | None = None
    auth: str | None = None
    host: str | None = None
    port: str | None = None
    hostname: str | None = None
    hash: str | None = None
    search: str | None = None
    query: str | None = None
    pathname: str | None = None
    path: str | None = None
    href: str = ""

    def format(self) -> str:
        """Return the URL as `url.format()` does."""
        protocol, pathname = self.protocol or "", self.pathname or ""
        auth = f"{quote(self.auth, safe=_SAFE_IN_AUTH)}@" if self.auth else ""
        host = auth + self.host if self.host else ""
        pathname = pathname.replace("#", "%23").replace("?", "%3F")
        if self.slashes or (host and protocol in _SLASHED):
            host = f"//{host}"
            pathname = f"/{pathname}" if pathname and not pathname.startswith("/") else pathname
        elif protocol == "file:":
            host = "//"
        search = (self.search or "").replace("#", "%23")
        return f"{protocol}{host}{pathname}{search}{self.hash or ''}"


class InvalidUrl(ValueError):
    """Node throws when it parses this text; the message is its error."""


@lru_cache(maxsize=256)
def parse_legacy_url(text: str) -> Url:
    """Return a text's parts, which are not to be changed; raise InvalidUrl where Node throws."""
    rest = _BEFORE_QUERY.sub(lambda match: match[0].replace("\\", "/"), text.strip(_SPACES), count=1)
    if "#" not in text and "@" not in _before_query(text) and (simple := _SIMPLE_PATH.match(rest)):
        query = simple[2][1:] if simple[2] else None
        return Url(path=rest, href=rest, pathname=simple[1], search=simple[2], query=query)
    url = Url()
    match = _PROTOCOL.match(rest)
    if match is not None:
        url.protocol = match[0].lower()
        rest = rest[match.end() :]
    has_slashes = rest.startswith("//") and (match is not None or bool(_HOST_WITHOUT_PROTOCOL.match(rest)))
    if url.protocol != _HOSTLESS:
        if has_slashes:
            url.slashes = True
            rest = rest[2:]
        if has_slashes or (match is not None and match[0] not in _SLASHED):
            rest = _parse_host(url, rest)
        rest = rest.translate(_ESCAPED)
    _parse_path(url, rest)
    url.href = url.format()
    return url


def _before_query(text: str) -> str:
    return re.split("[?#]", text, maxsplit=1)[0]


def _parse_host(url: Url, rest: str) -> str:
    """Set the parts of the authority at the beginning of `rest`; return what follows."""
    authority, rest = _split_authority(rest)
    auth, at, host = authority.rpartition("@")
    if at:
        url.auth = _decode_component(auth)
    if ended := _HOST_END.search(host):
        host, rest = host[: ended.start()], host[ended.start() :] + rest
    if port := _PORT.search(host):
        url.port = port[1] or None
        host = host[: port.start()]
    is_ipv6 = host.startswith("[") and host.endswith("]")
    if not is_ipv6 and (ended := _NOT_IN_HOST.search(host)):
        host, rest = host[: ended.start()], f"/{host[ended.start() :]}{rest}"
    host = "" if _length(host) > _LONGEST_HOST else host.lower()
    if host:
        host = _checked_host(host, is_ipv6=is_ipv6)
    url.hostname = host
    url.host = f"{host}:{url.port}" if url.port else host
    if is_ipv6:
        url.hostname = host[1:-1]
        rest = rest if rest.startswith("/") else f"/{rest}"
    return rest


def _split_authority(rest: str) -> tuple[str, str]:
    """Return what is before the path, without tabs and line breaks, and the rest."""
    match = _AUTHORITY.match(rest)
    end = match.end() if match else 0
    return _DROPPED_IN_HOST.sub("", rest[:end]), rest[end:]


def _checked_host(host: str, *, is_ipv6: bool) -> str:
    if is_ipv6:
        if _FORBIDDEN_IN_IPV6.search(host):
            raise InvalidUrl("TypeError [ERR_INVALID_URL]: Invalid URL")
        return host
    host = host_to_ascii(host.partition("\0")[0])  # in Node, a text of C
    if not host or _FORBIDDEN.search(host):
        raise InvalidUrl("TypeError [ERR_INVALID_URL]: Invalid URL")
    return host


def _parse_path(url: Url, rest: str) -> None:
    before_hash, mark, fragment = rest.partition("#")
    url.hash = f"#{fragment}" if mark else None
    pathname, mark, query = before_hash.partition("?")
    if mark:
        url.search, url.query = f"?{query}", query
    url.pathname = pathname or None
    if url.protocol in _SLASHED and url.hostname and not pathname:
        url.pathname = "/"
    if url.pathname or url.search:
        url.path = (url.pathname or "") + (url.search or "")


def _decode_component(text: str) -> str:
    """Return the text as `decodeURIComponent` does; raise InvalidUrl if Node cannot encode it again."""
    if LONE_SURROGATE.search(text):
        raise InvalidUrl("URIError [ERR_INVALID_URI]: URI malformed")
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise InvalidUrl("URIError: URI malformed")
    try:
        return re.sub("(?:%[0-9A-Fa-f]{2})+", lambda match: unquote_to_bytes(match[0]).decode(), text)
    except UnicodeDecodeError:
        raise InvalidUrl("URIError: URI malformed") from None


def _length(text: str) -> int:
    """Return the length of a text in UTF-16 units, as JavaScript counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def host_to_ascii(host: str) -> str:
    """Return a host's name in ASCII, as IDNA writes it; "" if it has characters that no name may have.

    This is the part of Unicode's mapping that names in use need, not its whole table.
    """
    if host.isascii() and "xn--" not in host:
        return host
    mapped = unicodedata.normalize("NFKC", _IGNORED_IN_HOST.sub("", _DOTS.sub(".", host)))
    mapped = unicodedata.normalize("NFKC", mapped.replace("ẞ", "ß").lower())
    try:
        return ".".join(map(_label_to_ascii, mapped.split(".")))
    except ValueError:
        return ""


def _label_to_ascii(label: str) -> str:
    """Return a label in ASCII; raise ValueError if it is malformed."""
    if label.startswith("xn--"):
        if not label.isascii() or not (decoded := label[4:].encode().decode("punycode")):
            raise ValueError(label)
        if decoded.isascii() or _label_to_ascii(decoded) != label:
            raise ValueError(label)
        return label
    if label.isascii():
        return label
    if _JOINERS.search(label) or any(unicodedata.category(char) in _NO_LETTERS for char in label):
        raise ValueError(label)
    return "xn--" + label.encode("punycode").decode()
