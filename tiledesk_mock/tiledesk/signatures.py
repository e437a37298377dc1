"""JSON Web Signatures with the algorithms and secrets that Tiledesk allows. The only importer of PyJWT."""

from __future__ import annotations

from typing import Any, Final

from jwt import PyJWS
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import PyJWTError

from ..errors import InvalidToken

_ALGORITHMS: Final = {f"HS{bits}": getattr(HMACAlgorithm, f"SHA{bits}") for bits in (256, 384, 512)}


class _AnyKey(HMACAlgorithm):
    """HMAC with any secret, as Tiledesk allows: short ones, and those that look like keys of another kind."""

    def prepare_key(self, key: str | bytes) -> bytes:
        """Return the secret's bytes."""
        return key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key

    def check_key_length(self, key: Any) -> None:
        """Accept every length."""


class Signatures:
    """Signs and decodes tokens."""

    def __init__(self) -> None:
        self._jws: Final = PyJWS(algorithms=[])
        for name, hashing in _ALGORITHMS.items():
            self._jws.register_algorithm(name, _AnyKey(hashing))

    def sign(self, payload: bytes, secret: str) -> str:
        """Return a token with the payload, signed with HS256."""
        return self._jws.encode(payload, secret, algorithm="HS256", sort_headers=True)

    def decode(self, token: str, secret: str | None) -> dict[str, Any]:
        """Return `header` and `payload` of a token, which is not verified without a secret.

        Raises InvalidToken.
        """
        try:
            if secret is None:
                return self._jws.decode_complete(token, options={"verify_signature": False})
            return self._jws.decode_complete(token, secret, algorithms=list(_ALGORITHMS))
        except PyJWTError as error:
            raise InvalidToken(str(error)) from error
