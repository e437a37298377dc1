"""Subscriptions of webhooks: created, read, updated and deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from ..errors import (
    ObjectNotDeleted,
    ObjectNotFound,
    ObjectNotRead,
    ObjectNotSaved,
    ObjectNotUpdated,
)
from ..http.exchange import Principal
from ..node.bson import as_read_back, cast_string, object_id
from ..node.convert import ConversionError
from ..node.json import Json
from ..store.records import SubscriptionRecords
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Project, Subscription
from ..tiledesk.wire import VERSION_KEY, record_document, record_from_document

_SECRET: Final = "secret"  # noqa: S105  (a field's name)
_CASTERS: Final[dict[str, Callable[[Json], Json]]] = {
    **dict.fromkeys(("event", "target", "id_project", "createdBy", _SECRET), cast_string),
    **dict.fromkeys(("createdAt", "updatedAt"), lambda time: time),
}


class Subscriptions:
    """The subscriptions of `/subscriptions`. As in the real server, an id finds those of any project."""

    def __init__(
        self, stored: SubscriptionRecords, clock: Clock, ids: Ids, new_secret: Callable[[], str]
    ) -> None:
        self._stored: Final = stored
        self._clock: Final = clock
        self._ids: Final = ids
        self._new_secret: Final = new_secret
        self._writing: Final = threading.Lock()

    def create(self, project: Project, principal: Principal, body: Json) -> tuple[Subscription, bool]:
        """Return the project's subscription for the event and target of `body`, and whether it is new.

        Raises ObjectNotSaved if one of them is missing or not text, StorageFull if the disk is full.
        """
        event, target = _event_and_target(body)
        with self._writing:
            stored_event, stored_target = as_read_back(event), as_read_back(target)
            subscription = self._stored.find(project.id, stored_event, stored_target)
            if subscription is not None:
                return subscription, False
            now = self._clock.iso()
            new = Subscription(
                secret=self._new_secret(),
                id=self._ids.object_id(),
                target=target,
                event=event,
                id_project=project.id,
                created_by=principal.id,
                created_at=now,
                updated_at=now,
            )
            self._stored.save(replace(new, event=stored_event, target=stored_target))
            return new, True

    def make_global(self, subscription: Subscription) -> Subscription:
        """Let a subscription get the events of all projects; return it. Raises StorageFull."""
        with self._writing:
            made = replace(subscription, is_global=True)
            self._stored.save(made)
            return made

    def first_like(self, subscription: Subscription) -> Subscription:
        """Return the first subscription of the same project to the same event, whatever its target.

        The real server responds with it to a POST of a subscription that exists.
        """
        own = self._stored.all(subscription.id_project)
        return next((one for one in own if one.event == subscription.event), subscription)

    def get(self, id_subscription: str) -> Subscription:
        """Return the subscription with that id; raise ObjectNotRead or ObjectNotFound."""
        found = self._stored.get(_key(id_subscription, ObjectNotRead))
        if found is None:
            raise ObjectNotFound
        return found

    def update(self, id_subscription: str, body: Json) -> Subscription:
        """Change the subscription with that id by an update of mongoose; return it.

        One that does not exist is made, without project unless `body` has one. Raises ObjectNotUpdated for a
        malformed id, for an update that mongoose or MongoDB refuses, and if another subscription has the same
        project, event and target.
        """
        key = _key(id_subscription, ObjectNotUpdated)
        with self._writing:
            changed = self._changed(self._stored.get(key), key, body)
            same = self._stored.find(changed.id_project, changed.event, changed.target)
            if same is not None and same.id != key:
                raise ObjectNotUpdated(f"the subscription {same.id} has the same project, event and target")
            self._stored.save(changed)
            return changed

    def delete(self, id_subscription: str) -> Subscription | None:
        """Remove a subscription and return it, None for an unknown id; raise ObjectNotDeleted."""
        key = _key(id_subscription, ObjectNotDeleted)
        with self._writing:
            return self._stored.remove(key)

    def _changed(self, before: Subscription | None, key: str, body: Json) -> Subscription:
        # Imported on first use: few tests change subscriptions.
        from ..node.update import UpdateRefused, cast_boolean, cast_id, cast_number, upserted

        casters = {**_CASTERS, "global": cast_boolean, VERSION_KEY: cast_number, "_id": cast_id}
        document = None if before is None else record_document(before, secrets=True)
        try:
            document = as_read_back(upserted(document, key, body, casters, self._clock.iso()))
            # mongoose shows the secret first, and fills it in whenever it reads a document without it.
            secret = document.pop(_SECRET) if _SECRET in document else self._new_secret()
            return record_from_document(Subscription, {_SECRET: secret, **document})
        except (UpdateRefused, ConversionError) as error:
            raise ObjectNotUpdated(f"the update is refused: {error}") from None


def _key(text: str, refusal: type[ObjectNotRead | ObjectNotUpdated | ObjectNotDeleted]) -> str:
    key = object_id(text)
    if key is None:
        raise refusal(f"{text!r} is not the id of a subscription: 24 hexadecimal digits")
    return key


def _event_and_target(body: Json) -> tuple[str, str]:
    """Return both as mongoose casts them; raise ObjectNotSaved if one is missing, empty or not text."""
    fields = body if isinstance(body, dict) else {}
    event, target = fields.get("event"), fields.get("target")
    missing = [name for name, value in (("event", event), ("target", target)) if value in (None, "")]
    if missing:
        raise ObjectNotSaved(f"the body has no {' and no '.join(missing)}: a subscription has to have both")
    try:
        texts = cast_string(event), cast_string(target)
    except TypeError:
        raise ObjectNotSaved("event or target is not text") from None
    if "" in texts:  # as of an empty array
        raise ObjectNotSaved("event or target is empty")
    return texts
