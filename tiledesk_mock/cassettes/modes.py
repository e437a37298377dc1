"""The words for how a recording is made and replayed."""

from __future__ import annotations

from enum import Enum


class RecordMode(str, Enum):
    """When a cassette is recorded, as VCR.py has it.

    NONE never: it is replayed. ONCE: if there is none yet. NEW_EPISODES: what it does not hold is added. ALL:
    everything anew.
    """

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"


class Order(str, Enum):
    """Whether requests may come in any order, or strictly as recorded."""

    ANY = "any"
    STRICT = "strict"


class Repeat(str, Enum):
    """Whether each entry answers once, or for ever."""

    ONCE = "once"
    FOREVER = "forever"
