"""What is recorded is on disk, redacted, while the recording goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledesk_mock.cassettes.cassette import Entry
from tiledesk_mock.cassettes.files import read_cassette, write_cassette
from tiledesk_mock.cassettes.har import HAR_TAIL
from tiledesk_mock.cassettes.har_file import HarFile
from tiledesk_mock.cassettes.record import Recording, redact_entries
from tiledesk_mock.cassettes.writer import RecordingWriter, RedactedEntries
from tiledesk_mock.errors import SetupError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.http.stopwatch import stopwatch
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.redaction.placeholders import Placeholders
from tiledesk_mock.redaction.redactor import DEFAULT_REDACTION, Redaction

from .recordings import EVENTS, SERVER, cassette, request, response

Exchange = tuple[RecordedRequest, RecordedResponse]


class Echo(Upstream):
    """An upstream that responds with the body of the request, without a network."""

    def __init__(self) -> None:
        super().__init__("https://api.tiledesk.com")

    def send(self, request: RecordedRequest) -> RecordedResponse:
        """Return the body."""
        return response(request.body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the cassette."""
    return tmp_path / "session.har"


def _send(recording: Recording, *bodies: object) -> None:
    for body in bodies:
        recording.respond(request("POST", EVENTS, body), lambda _: response())


def _bodies(path: Path) -> list[object]:
    return [entry.request.json() for entry in read_cassette(path).entries]


def _wait_for(path: Path, count: int) -> list[object]:
    """Return the bodies of the requests in a file as soon as there are so many."""
    start = stopwatch()
    while stopwatch() - start < 20:
        if path.exists() and len(found := _bodies(path)) >= count:
            return found
    raise AssertionError(f"{path} has not got {count} entries")


@contextmanager
def _small_files(size: int) -> Iterator[None]:
    """Let the disk refuse to make a file longer than so many bytes."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_each_exchange_is_written_without_another_one(path: Path) -> None:
    """The file is a whole HAR each time, and only its owner may read it."""
    recording = Recording(path, Echo(), "all")
    with RecordingWriter(recording):
        _send(recording, {"n": 1})
        first = _wait_for(path, 1)
        _send(recording, {"n": 2})
        both = _wait_for(path, 2)

    assert (first, both) == ([{"n": 1}], [{"n": 1}, {"n": 2}])
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600


def test_file_that_grew_is_the_one_that_is_written_at_once(path: Path, tmp_path: Path) -> None:
    """Both are equal to the byte, also if a later exchange reveals a secret of an earlier one."""
    bodies = [{"note": "it is hunter2-x"}, {"n": 2}, {"password": "hunter2-x"}, {"note": "hunter2-x?"}]
    recording = Recording(path, Echo(), "all")
    with RecordingWriter(recording):
        for count, body in enumerate(bodies, 1):
            _send(recording, body)
            _wait_for(path, count)
    write_cassette(tmp_path / "at-once.har", recording.redacted())

    assert path.read_bytes() == (tmp_path / "at-once.har").read_bytes()
    assert b"hunter2" not in path.read_bytes()


def test_old_cassette_stays_until_something_is_recorded(path: Path) -> None:
    """The mode `all` replaces it with the first exchange."""
    path.write_bytes(SERVER.read_bytes())
    with RecordingWriter(Recording(path, Echo(), "all")):
        pass
    unchanged = path.read_bytes() == SERVER.read_bytes()

    recording = Recording(path, Echo(), "all")
    with RecordingWriter(recording):
        _send(recording, {"n": 1})

    assert (unchanged, _bodies(path)) == (True, [{"n": 1}])


def test_new_episodes_are_added_to_the_old(path: Path) -> None:
    """A secret that the replay recognizes has its old placeholder, whenever that happens."""
    first = Recording(path, Echo(), "all")
    with RecordingWriter(first):
        _send(first, {"n": 0, "password": "hunter2-x"})

    second = Recording(path, Echo(), "new_episodes")
    with RecordingWriter(second):
        _send(second, {"n": 1, "password": "other-one"}, {"n": 2, "password": "third-one"})
        _wait_for(path, 3)
        _send(second, {"n": 0, "password": "third-one"}, {"n": 3, "note": "is it third-one?"})

    assert _bodies(path) == [
        {"n": 0, "password": "REDACTED-password-1"},
        {"n": 1, "password": "REDACTED-password-2"},
        {"n": 2, "password": "REDACTED-password-1"},
        {"n": 3, "note": "is it REDACTED-password-1?"},
    ]


def test_exchange_that_cannot_be_redacted_is_left_out(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The others are written; the log and the error at the end name the function."""

    def hide(sent: RecordedRequest, got: RecordedResponse) -> Exchange:
        if b"bad" in sent.body:
            raise KeyError("no card")
        return sent, got

    recording = Recording(path, Echo(), "all", redaction=Redaction(function=hide))
    message = r"2 exchanges left out: the redaction function .*hide failed"
    with pytest.raises(SetupError, match=message), RecordingWriter(recording):
        _send(recording, {"n": 1}, {"bad": "hunter2-x"}, {"bad": 2}, {"n": 2})

    assert _bodies(path) == [{"n": 1}, {"n": 2}]
    assert len(caplog.messages) == 1


def test_full_disk_is_tried_again(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The client gets its response, the file stays whole, and the log says it once."""
    recording = Recording(path, Echo(), "all")
    with RecordingWriter(recording):
        _send(recording, {"n": 1})
        _wait_for(path, 1)
        with _small_files(path.stat().st_size + 100):
            _send(recording, {"n": 2})
            _wait_for_log(caplog)
            during = _bodies(path)
        _send(recording, {"n": 3})
        after = _wait_for(path, 3)

    assert (during, after) == ([{"n": 1}], [{"n": 1}, {"n": 2}, {"n": 3}])
    assert [line for line in caplog.messages if "tried again" in line] == caplog.messages[:1]


def _wait_for_log(caplog: pytest.LogCaptureFixture) -> None:
    start = stopwatch()
    while not caplog.messages and stopwatch() - start < 20:
        pass


@pytest.mark.parametrize("change", ["delete", "truncate", "replace"])
def test_file_that_another_program_changed_is_written_anew(path: Path, change: str) -> None:
    """Nothing that was recorded is lost."""
    recording = Recording(path, Echo(), "all")
    with RecordingWriter(recording):
        _send(recording, {"n": 1})
        _wait_for(path, 1)
        if change == "delete":
            path.unlink()
        elif change == "truncate":
            path.write_bytes(path.read_bytes()[:50])
        else:
            path.with_suffix(".new").write_text("{}")
            path.with_suffix(".new").replace(path)
        _send(recording, {"n": 2})

    assert _bodies(path) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("cut", [1, 5, 12, 40, 400])
def test_torn_write_loses_only_its_own_exchange(path: Path, cut: int) -> None:
    """A kill may end a write in the middle; then what was written before is read."""
    entries = cassette(*((request("POST", EVENTS, {"n": n}), response({})) for n in range(3))).entries
    written = HarFile(path, _encoder(entries))
    written.write(2)
    before = path.read_bytes()
    written.write(3)
    start = len(before) - len(HAR_TAIL)
    path.write_bytes(path.read_bytes()[: start + cut])

    assert _bodies(path) == [{"n": 0}, {"n": 1}]


def _encoder(entries: Sequence[Entry]):
    redacted = RedactedEntries(entries, DEFAULT_REDACTION)
    return redacted.encoded


_WORDS = st.sampled_from(
    ["hunter2-x", "hunter2-x-and-more", "a b&c=d%", 'q"u\\o"te', "jo@shop.example", "12345678"]
)
_FIELDS = st.dictionaries(
    st.sampled_from(["password", "note", "token", "n"]),
    _WORDS | _WORDS.map(lambda word: f"it is {word}!") | _WORDS.map(lambda word: json.dumps({"pwd": word})),
    max_size=3,
)
_EXCHANGES = st.builds(
    lambda query, sent, got: (request("POST", f"{EVENTS}?q={query}", sent), response(got)),
    st.sampled_from(["", "hunter2-x", "a%20b%26c%3Dd%25", "token=12345678"]),
    _FIELDS,
    _FIELDS,
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(_EXCHANGES, max_size=6))
def test_redaction_one_by_one_is_that_of_all(exchanges: list[Exchange]) -> None:
    """Whatever an exchange reveals, the entries are those of one redaction at the end."""
    originals = cassette(*exchanges).entries
    entries, written = RedactedEntries((), DEFAULT_REDACTION), dict[int, bytes]()

    for index, entry in enumerate(originals):
        for changed in (*entries.add(entry), index):
            written[changed] = entries.encoded(changed)

    at_once = RedactedEntries(redact_entries(originals, placeholders=Placeholders()), DEFAULT_REDACTION)
    assert written == {index: at_once.encoded(index) for index in range(len(originals))}
