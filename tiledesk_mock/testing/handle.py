"""The handle: an emulator on a server, in a tester's hand."""

from __future__ import annotations

from copy import copy
from types import TracebackType
from typing import Any, Final

from ..domain.casting import event_fields
from ..domain.model import Json, Principal, PrincipalKind, Project
from ..domain.wire import Document, document_of
from ..emulator import Emulator
from ..errors import SetupError
from ..server import Server
from ..settings import Settings
from ..web.app import create_app
from .people import Person
from .webhooks import HandleWebhooks

API_PREFIX: Final = "/v3"


class TiledeskMock:
    """An emulator that answers at `url` from when it is started until it is stopped.

    It listens from the first `start`, or from when its address is asked for; until then it has no socket.

    Args:
        settings: what it is to be; `**given` makes or changes them, as in `TiledeskMock(dialect="server")`.

    Raises a SetupError if a setting, the seed or the address cannot be used.
    """

    def __init__(self, settings: Settings | None = None, **given: Any) -> None:
        self.settings: Final = settings if settings and not given else Settings(**given)
        self.emulator: Final = Emulator(self.settings)
        self.webhooks: Final = HandleWebhooks(self.emulator, self._project)
        self.app: Final = create_app(self.emulator)
        self._server: Server | None = None
        self._origin: str | None = None

    def start(self) -> TiledeskMock:
        """Begin to answer; return the handle itself."""
        self._listening().start()
        return self

    def stop(self) -> None:
        """Stop answering and let go of threads, sockets and files. Stopping twice does no harm."""
        if self._server is not None:
            self._server.stop()
        self.webhooks.stop()
        self.emulator.close()

    def at(self, origin: str) -> TiledeskMock:
        """Return a handle on the same emulator for who reaches it under another address, as `https://HOST`."""
        other = copy(self)
        other._origin = origin  # noqa: SLF001  (its own)
        return other

    def __enter__(self) -> TiledeskMock:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the base URL to configure a client with: `http://127.0.0.1:PORT/v3`."""
        return (self._origin or self._listening().url) + API_PREFIX

    @property
    def ws_url(self) -> str:
        """Return the URL of the WebSocket, without the token."""
        return f"ws{(self._origin or self._listening().url).removeprefix('http')}{API_PREFIX}/ws/"

    @property
    def project_id(self) -> str:
        """Return the id of the first project."""
        return self._project().id

    def person(self, role: str) -> Person:
        """Return the first member of the first project who has the role; raise SetupError without one."""
        people, accounts = self.emulator.database.people, self.emulator.accounts
        for member in people.project_users(self.project_id):
            if member.role != role:
                continue
            user = people.user(member.id_user) if member.id_user else None
            if user is None:
                return Person(member.id, role, None, None, accounts.token_of_visitor(member))
            return Person(member.id, role, user.email, (user.email, user.password), accounts.token_of(user))
        raise SetupError(f"the seed has nobody with the role {role} in its first project")

    @property
    def owner(self) -> Person:
        """Return the owner of the project."""
        return self.person("owner")

    @property
    def admin(self) -> Person:
        """Return an administrator of the project."""
        return self.person("admin")

    @property
    def supervisor(self) -> Person:
        """Return a supervisor of the project."""
        return self.person("supervisor")

    @property
    def agent(self) -> Person:
        """Return an agent of the project."""
        return self.person("agent")

    @property
    def teammate(self) -> Person:
        """Return a teammate of the project."""
        return self.person("teammate")

    @property
    def user(self) -> Person:
        """Return an external user of the project."""
        return self.person("user")

    @property
    def guest(self) -> Person:
        """Return a guest of the project."""
        return self.person("guest")

    @property
    def bot(self) -> Person:
        """Return the first bot, by its token only."""
        bot = next(iter(self.emulator.database.people.bots()), None)
        if bot is None:
            raise SetupError("the seed has no bot")
        return Person(bot.id, "bot", None, None, self.emulator.accounts.token_of_bot(bot))

    @property
    def events(self) -> list[Document]:
        """Return all events, oldest first, as the dialect shows them."""
        shown = self.emulator.presentation.document
        return [shown(event) for event in self.emulator.database.events.all()]

    def fire(self, name: str, attributes: Json = None, by: str = "owner") -> Document:
        """Fire an event as the person with the role `by`, without a request; return it."""
        emulator, project = self.emulator, self._project()
        body = {"name": name} if attributes is None else {"name": name, "attributes": attributes}
        member = emulator.database.people.project_user(self.person(by).id)
        user = emulator.database.people.user(member.id_user) if member and member.id_user else None
        principal = (
            Principal(PrincipalKind.USER, user.id, document_of(user))
            if user
            else Principal(PrincipalKind.GUEST, (member and member.uuid_user) or "")
        )
        fired = emulator.fire_event(project, principal, member, event_fields(body, {}, {}))
        return emulator.presentation.document(fired.value)

    def emit_standard(self, name: str, by: str | None = None, **attributes: Json) -> Document:
        """Fire one of the platform's own events, as `typing.start`; return it.

        It concerns the member with the role `by`, by default a guest. `attributes` replace those that are
        made up for it. Raises UnknownStandardEvent, with the names that there are.
        """
        event = self.emulator.own_events.emit(name, attributes, self.project_id, by)
        return self.emulator.presentation.document(event)

    @property
    def deliveries(self) -> list[Document]:
        """Return each webhook delivery with its attempts, oldest first."""
        return self.webhooks.deliveries()

    def reset(self) -> None:
        """Go back to the seed."""
        self.emulator.reset()

    def _listening(self) -> Server:
        if self._server is None:
            self._server = Server(self.app, self.settings.host, self.settings.port)
        return self._server

    def _project(self) -> Project:
        project = next(iter(self.emulator.database.people.projects()), None)
        if project is None:
            raise SetupError("the seed has no project")
        return project
