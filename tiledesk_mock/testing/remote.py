"""A handle on an emulator that runs elsewhere, through its control API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..control.remote import RemoteControls
from ..errors import ControlError, SetupError
from ..expectations.request import ExpectedRequest
from ..http.connections import shown_url, split_http_url
from ..http.paths import PathPattern
from ..redaction.masking import masked_text
from ..redaction.names import is_secret_name, may_be_secret
from .accessors import HandleWebhooks
from .frames import FrameExpectations

if TYPE_CHECKING:
    from .accessors import RequestFields


class RemoteMock(FrameExpectations):
    """A handle on the emulator at `url`, which is started and stopped elsewhere.

    At the end of a `with` block its own receivers stop, and nothing else. Raises ControlError if no
    emulator responds there, or if it requires a `token`.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = split_http_url(url)
        if parts is None:
            raise ControlError(
                f"{shown_url(url)!r} is not an address of an emulator, like http://127.0.0.1:8900"
            )
        self._root: Final = f"{parts.scheme}://{parts.netloc}"
        self.controls = RemoteControls(self._root, token)
        self.webhooks: Final = HandleWebhooks(self.controls)
        self.controls.clock()

    def stop(self) -> None:
        """Stop the receivers of this handle, and unsubscribe them. The emulator runs on."""
        self.webhooks.close()

    def __enter__(self) -> RemoteMock:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _request(
        self, method: str | None, path: PathPattern | None, fields: RequestFields
    ) -> ExpectedRequest:
        expected = super()._request(method, path, fields)
        for part in (expected.headers, expected.query, expected.json, expected.exact):
            name = next(_secret_names(part), None)
            if name is not None:
                raise SetupError(f"{name} of remote requests is masked: expect `...`, that it is there")
        return expected

    def reset(self) -> None:
        """Go back to the seed: data, clock, ids, journal, faults, snapshots; and stop the receivers."""
        super().reset()
        self.webhooks.stop()

    @property
    def url(self) -> str:
        """The base URL to configure a client with: `http://127.0.0.1:PORT/v3`."""
        return f"{self._root}/v3"

    @property
    def ws_url(self) -> str:
        """The URL of the WebSocket, without the token."""
        return f"ws{self._root.removeprefix('http')}/v3/ws/"


def _secret_names(expected: Any) -> Iterator[str]:
    """Yield the names of secrets of which more is expected than that they are there."""
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            is_secret = isinstance(value, str) and masked_text(value) != value
            is_masked = is_secret_name(str(name)) and may_be_secret(value, str(name))
            if value is not ... and (is_secret or is_masked):
                yield str(name)
            yield from _secret_names(value)
    elif isinstance(expected, (list, tuple)):
        for item in expected:
            yield from _secret_names(item)
