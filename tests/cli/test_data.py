"""`seed`, `export`, `import`, `reset` and `fire`, on a running emulator and on a file."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.settings import Settings

from .conftest import Run, Start

YAML = """\
users:
- {email: nina@example.com, password: secret}
projects:
- {name: Second, createdBy: nina@example.com}
"""


def test_export_and_import_restore_the_data(start: Start, run: Run, tmp_path: Path) -> None:
    """Every exported field is imported."""
    url = start("--in-memory").url
    run("fire", "order.paid", "total=42", "--url", url)
    exported = run("export", "--url", url).stdout
    (tmp_path / "world.json").write_text(exported)
    run("reset", "--url", url)

    imported = run("import", "world.json", "--url", url)

    assert imported.returncode == 0
    assert run("export", "--url", url).stdout == exported


def test_export_and_import_of_a_file(start: Start, run: Run, tmp_path: Path) -> None:
    """With --db no server is needed."""
    start().stop(signal.SIGTERM)
    exported = run("export", "--db", "tiledesk-mock.json").stdout
    (tmp_path / "world.json").write_text(exported)

    imported = run("import", "world.json", "--db", "tiledesk-mock.json")

    assert imported.returncode == 0
    assert run("export", "--db", "tiledesk-mock.json").stdout == exported


def test_seed_adds_data_until_a_reset(start: Start, run: Run, tmp_path: Path) -> None:
    """A reset removes the added seed."""
    (tmp_path / "more.yaml").write_text(YAML)
    url = start("--in-memory").url

    added = run("seed", "more.yaml", "--url", url)
    seeded = json.loads(run("export", "--url", url).stdout)
    run("reset", "--url", url)

    assert added.stderr.startswith("added 1 user, 1 project")
    assert len(seeded["projects"]) == 2
    assert len(json.loads(run("export", "--url", url).stdout)["projects"]) == 1


def _stored_from(seed: Path, text: str = YAML) -> None:
    """Make the file of an earlier run that started from a seed."""
    seed.write_text(text)
    with Emulator(Settings(db=seed.with_name("tiledesk-mock.json"), seed=(seed,))):
        pass


@pytest.mark.parametrize("is_running", [True, False])
def test_reset_restores_the_seed_of_an_earlier_run(
    start: Start, run: Run, tmp_path: Path, is_running: bool
) -> None:
    """The file stores its seed: it need not be named again."""
    _stored_from(tmp_path / "shop.yaml")
    run("seed", "default", "--db", "tiledesk-mock.json")

    words = ("--url", start().url) if is_running else ("--db", "tiledesk-mock.json")
    ended = run("reset", *words)
    exported = json.loads(run("export", *words).stdout)

    assert ended.returncode == 0
    assert re.fullmatch(r"all data replaced by that of the seed \(\d+\.\d s\)\n", ended.stderr)
    assert [project["name"] for project in exported["projects"]] == ["Second"]


def test_reset_keeps_the_ids_of_the_seed(run: Run, tmp_path: Path) -> None:
    """A configured client keeps working, even if the seed's file is deleted or changed."""
    _stored_from(tmp_path / "shop.yaml")
    (tmp_path / "shop.yaml").unlink()
    before = run("export", "--db", "tiledesk-mock.json").stdout
    run("fire", "order.paid", "--db", "tiledesk-mock.json")

    ended = run("reset", "--db", "tiledesk-mock.json")

    assert ended.returncode == 0
    assert run("export", "--db", "tiledesk-mock.json").stdout == before


def test_reset_without_the_file_of_a_large_seed_changes_nothing(run: Run, tmp_path: Path) -> None:
    """The error names the file, and the stored data stays."""
    events = "".join(f"- {{name: e{number}}}\n" for number in range(1001))
    seed = tmp_path / "shop.yaml"
    _stored_from(
        seed, f"{YAML}project_users:\n- {{id_user: nina@example.com, role: owner}}\nevents:\n{events}"
    )
    seed.unlink()

    ended = run("reset", "--db", "tiledesk-mock.json")

    assert ended.returncode == 2
    assert "shop.yaml" in ended.stderr
    exported = json.loads(run("export", "--db", "tiledesk-mock.json").stdout)
    assert len(exported["events"]) == 1001


def test_reset_of_a_file_without_its_seed_changes_nothing(run: Run, tmp_path: Path) -> None:
    """The error says so, and the stored data stays."""
    _stored_from(tmp_path / "shop.yaml")
    beside = tmp_path / "tiledesk-mock.people.json"
    beside.write_text(json.dumps({"people": json.loads(beside.read_text())["people"]}))

    ended = run("reset", "--db", "tiledesk-mock.json")

    assert ended.returncode == 2
    assert "does not say what seed it began with: name it" in ended.stderr
    exported = json.loads(run("export", "--db", "tiledesk-mock.json").stdout)
    assert [project["name"] for project in exported["projects"]] == ["Second"]


def test_invalid_seed_changes_nothing(start: Start, run: Run, tmp_path: Path) -> None:
    """The error names the path in the file and what was expected."""
    (tmp_path / "wrong.yaml").write_text(YAML + "- {name: 5}\n")
    url = start("--in-memory").url

    refused = run("seed", "wrong.yaml", "--url", url)

    assert refused.returncode == 2
    assert "wrong.yaml: projects[1].name" in refused.stderr
    assert len(json.loads(run("export", "--url", url).stdout)["projects"]) == 1


def test_fire_on_a_file(start: Start, run: Run) -> None:
    """With --db no server is needed, and the next server has the event."""
    start().stop(signal.SIGTERM)

    fired = run("fire", "order.paid", "total=42", "--as", "agent", "--db", "tiledesk-mock.json")

    assert json.loads(fired.stdout)["attributes"] == {"total": 42}
    assert "1 event, kept in" in start().lines[2]


def test_fire_nests_and_parses_json(start: Start, run: Run) -> None:
    """`a.b=1` is a number in an object; a value that is not JSON is text."""
    url = start("--in-memory").url

    fired = run("fire", "order.paid", "order.id=1", "carrier=DHL", "tags=[1,2]", "--url", url)

    assert json.loads(fired.stdout)["attributes"] == {"order": {"id": 1}, "carrier": "DHL", "tags": [1, 2]}


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e400", "[" * 3000])
def test_fire_takes_invalid_json_as_text(start: Start, run: Run, value: str) -> None:
    """Even if Python would parse it."""
    url = start("--in-memory").url

    fired = run("fire", "order.paid", f"a={value}", "--url", url)

    assert json.loads(fired.stdout)["attributes"] == {"a": value}


@pytest.mark.parametrize("output", ["-", "world.json"])
def test_export_writes_half_of_a_surrogate_pair(run: Run, tmp_path: Path, output: str) -> None:
    """It cannot be encoded as UTF-8, so it is escaped."""
    seed = {"projects": [{"name": "\ud800 Caff\u00e8"}]}
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    with Emulator(Settings(db=tmp_path / "x.json", seed=(tmp_path / "seed.json",))):
        pass

    exported = run("export", "--db", "x.json", "-o", output)

    text = exported.stdout if output == "-" else (tmp_path / output).read_text(encoding="utf-8")
    assert json.loads(text)["projects"][0]["name"] == seed["projects"][0]["name"]


def test_export_that_cannot_write_is_one_line(start: Start, run: Run, tmp_path: Path) -> None:
    """The exit code is 1."""
    url = start("--in-memory").url

    failed = run("export", "--url", url, "-o", str(tmp_path / "missing" / "world.json"))

    assert failed.returncode == 1
    assert "world.json is not written: No such file or directory" in failed.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
@pytest.mark.parametrize("words", [("export", "--db", "x.json"), ("seed", "busy")])
def test_full_disk_leaves_the_last_good_file(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The error is one line with the file and the reason, and no other file is left."""
    with Emulator(Settings(db=tmp_path / "x.json", seed=("busy",))):
        pass
    (tmp_path / "world.json").write_text("precious")
    before = set(tmp_path.iterdir())
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from tiledesk_mock.cli import main; main(sys.argv[1:])"
    )

    failed = subprocess.run(
        [sys.executable, "-c", code, *words, "-o", "world.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert failed.stderr == "Error: world.json is not written: File too large\n"
    assert failed.returncode == 1
    assert (tmp_path / "world.json").read_text() == "precious"
    assert set(tmp_path.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_export_of_a_running_emulator_to_a_full_disk_leaves_the_last_good_file(
    start: Start, tmp_path: Path
) -> None:
    """The emulator has no limit, but the file that is written."""
    url = start("--in-memory", "--seed", "busy").url
    (tmp_path / "world.json").write_text("precious")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from tiledesk_mock.cli import main; main(sys.argv[1:])"
    )
    words = ["export", "--url", url, "-o", str(tmp_path / "world.json")]

    failed = subprocess.run(
        [sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True, check=False
    )

    assert failed.returncode == 1
    assert failed.stderr.endswith("world.json is not written: File too large\n")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("world.json", "precious")]


def test_import_prints_how_many_records_it_has_stored(run: Run, tmp_path: Path) -> None:
    """As `export` does."""
    with Emulator(Settings(db=tmp_path / "x.json", seed=("busy",))):
        pass
    db, file = str(tmp_path / "x.json"), str(tmp_path / "world.json")

    exported = run("export", "--db", db, "-o", file).stderr.partition(" exported")[0]

    assert run("import", file, "--db", db).stderr.startswith(f"all data replaced by {exported} of {file} (")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_full_standard_output_is_one_line(tmp_path: Path) -> None:
    """The exit code is 1."""
    with Emulator(Settings(db=tmp_path / "x.json")):
        pass

    with open("/dev/full", "wb") as full:
        failed = subprocess.run(
            [sys.executable, "-m", "tiledesk_mock", "export", "--db", str(tmp_path / "x.json")],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert failed.stderr == "Error: - is not written: No space left on device\n"
    assert failed.returncode == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
@pytest.mark.parametrize("words", [("export",), ("seed", "default")])
def test_pipe_is_written_to_and_not_replaced(
    start: Start, run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A pipe, or a device such as the null device, is not replaced by a file."""
    url = start("--in-memory").url
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    run(*words, "--url", url, "-o", str(pipe))
    text = os.read(reader, 1 << 16)
    os.close(reader)

    assert pipe.is_fifo()
    assert len(json.loads(text)["projects"]) == 1


@pytest.mark.parametrize("words", [("fire", "x"), ("reset",), ("export",), ("seed", "busy")])
def test_no_running_emulator(run: Run, words: tuple[str, ...]) -> None:
    """One line has the URL and how to start an emulator."""
    failed = run(*words, "--url", "http://127.0.0.1:9")

    assert failed.returncode == 1
    assert "no emulator responds at http://127.0.0.1:9: start one with `tiledesk-mock serve`" in failed.stderr
    assert failed.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("fire", "x", "noequals"), "'noequals' is not KEY=VALUE"),
        (("fire", "x", "a=1", "a.b=2"), "a has a value already"),
        (("export", "--db", "none.json"), "there is no file none.json"),
        (("reset", "--url", "nonsense"), "is not an http URL"),
        (("reset", "--url", "http://[::1"), "is not an http URL"),
        (("import", "none.json"), "none.json"),
        (("import", "deep.json"), "deep.json: nested too deeply"),
        (("import", "latin.json"), "latin.json is not UTF-8 text"),
        (("import", "shop.yaml"), "this is no file of `export`: `tiledesk-mock seed shop.yaml` adds a seed"),
    ],
)
def test_wrong_use_of_data_verbs(
    start: Start, run: Run, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    """The message is one line, and the exit code is 2."""
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "shop.yaml").write_text("users: []")
    (tmp_path / "latin.json").write_bytes(b'{"users": "\xe4"}')
    url = start("--in-memory").url

    refused = run(*words, TILEDESK_MOCK_URL=url)

    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr


def test_version_names_the_emulated_server(run: Run) -> None:
    """The JSON has the version of the emulated server."""
    assert json.loads(run("version", "--json").stdout)["server"] == "2.19.16"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_terminal_shows_how_long_an_import_takes(tmp_path: Path) -> None:
    """After a second, the seconds are shown on standard error, if that is a terminal."""
    import pty

    seed = tmp_path / "seed.json"
    file = tmp_path / "x.json"
    Emulator(Settings(db=file)).close()
    os.mkfifo(seed)
    terminal, end = pty.openpty()

    words = [sys.executable, "-m", "tiledesk_mock", "import", str(seed), "--db", str(file)]
    with subprocess.Popen(words, stderr=end, stdout=subprocess.PIPE) as process:
        with seed.open("w") as pipe:
            shown = os.read(terminal, 1000)  # comes while the pipe is open
            pipe.write("{}")
        output = process.stdout.read() if process.stdout else b""

    assert b"reading " in shown
    assert shown.endswith(b"1 s")
    assert (output, process.returncode) == (b"", 0)


def test_export_to_a_file_says_how_much_it_wrote(start: Start, run: Run) -> None:
    """On standard error; where standard output has the data, nothing is said."""
    url = start("--in-memory", "--seed", "busy").url

    to_file, to_stdout = run("export", "--url", url, "-o", "world.json"), run("export", "--url", url)

    assert re.fullmatch(
        r"400 events and \d+ other records exported to world\.json \(.* s\)\n", to_file.stderr
    )
    assert (to_file.stdout, to_stdout.stderr) == ("", "")


def test_export_of_another_server_is_one_line(run: Run) -> None:
    """What it sends is not written."""
    page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    with page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        failed = run("export", "--url", f"http://127.0.0.1:{page.server_port}", "-o", "world.json")
        page.shutdown()

    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "is that an emulator?" in failed.stderr
