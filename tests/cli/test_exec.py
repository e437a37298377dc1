"""`exec`: run a command beside an emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run

PYTHON = sys.executable

FIRE = """
import os, requests
get = lambda name: os.environ["TILEDESK_MOCK_" + name]
url = f"{get('URL')}/{get('PROJECT_ID')}/events"
basic = requests.post(url, json={"name": "a"}, auth=(get("USER"), get("PASSWORD")))
token = requests.post(url, json={"name": "b"}, headers={"Authorization": get("JWT")})
print(basic.status_code, token.status_code, get("WS_URL").startswith("ws://127.0.0.1:"))
"""


def test_exec_sets_urls_and_credentials(run: Run) -> None:
    """The environment is enough to fire events, with a password and with a token."""
    ended = run("exec", "--", PYTHON, "-c", FIRE)

    assert ended.stdout == "200 200 True\n"
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "patch", ["from gevent import monkey; monkey.patch_all()", "import eventlet; eventlet.monkey_patch()"]
)
def test_exec_responds_to_patched_command(run: Run, patch: str) -> None:
    """The sockets of the command may be those of gevent or eventlet."""
    pytest.importorskip(patch.split()[1].rstrip(";"))

    ended = run("exec", "--", PYTHON, "-W", "ignore", "-c", f"{patch}\n{FIRE}")

    assert ended.stdout == "200 200 True\n", ended.stderr


@pytest.mark.parametrize("code", [0, 3, 127])
def test_exec_exits_with_the_code_of_the_command(run: Run, code: int) -> None:
    """Even if it is a code that `exec` uses itself."""
    ended = run("exec", "--", PYTHON, "-c", f"raise SystemExit({code})")

    assert ended.returncode == code


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_exec_exits_as_a_shell_after_a_signal(run: Run) -> None:
    """The exit code is 128 and the number of the signal."""
    ended = run("exec", "--", PYTHON, "-c", "import os; os.kill(os.getpid(), 9)")

    assert ended.returncode == 128 + 9


def test_exec_of_a_missing_command_is_one_line(run: Run) -> None:
    """The exit code is that of a shell."""
    ended = run("exec", "--", "no-such-command", "x")

    assert ended.returncode == 127
    assert ended.stderr.splitlines() == ["tiledesk-mock exec: no-such-command: No such file or directory"]


def test_exec_passes_options_to_the_command(run: Run) -> None:
    """Words after the command belong to it, with and without two dashes before it."""
    ended = run("exec", PYTHON, "-c", "import sys; print(sys.argv[1:])", "--seed", "-x")

    assert ended.stdout == "['--seed', '-x']\n"


def test_exec_rejects_an_unknown_option(run: Run) -> None:
    """Options before the command belong to `exec`."""
    ended = run("exec", "--sed", "busy", "--", PYTHON, "-c", "print('ran')")

    assert ended.returncode == 2
    assert "--sed" in ended.stderr
    assert ended.stdout == ""


def test_exec_takes_every_setting(run: Run) -> None:
    """By option or environment variable: here a fault."""
    code = "import os, requests; print(requests.get(os.environ['TILEDESK_MOCK_URL']).status_code)"
    words = ("exec", "--journal-size", "5", "--", PYTHON, "-c", code)

    ended = run(*words, TILEDESK_MOCK_FAULTS='[{"status": 503}]')

    assert (ended.returncode, ended.stdout.strip()) == (0, "503")


def test_keep_alive_timeout_is_that_of_the_option(run: Run) -> None:
    """The server of the command announces it."""
    code = "import os, requests; print(requests.get(os.environ['TILEDESK_MOCK_URL']).headers['Keep-Alive'])"

    ended = run("exec", "--keep-alive-timeout", "7", "--", PYTHON, "-c", code)

    assert ended.stdout == "timeout=7\n"


def test_exec_sets_the_token_of_the_control_api(run: Run) -> None:
    """It is required if other machines can reach the emulator."""
    code = """
import os, requests
url = os.environ["TILEDESK_MOCK_URL"].removesuffix("v3") + "__admin/requests"
token = os.environ["TILEDESK_MOCK_ADMIN_TOKEN"]
responses = [requests.get(url, headers=headers) for headers in ({}, {"Authorization": f"Bearer {token}"})]
print(*[response.status_code for response in responses])
"""
    ended = run("exec", "--host", "0.0.0.0", "--", PYTHON, "-c", code)

    assert (ended.returncode, ended.stdout.strip()) == (0, "401 200")


def test_exec_with_a_seed_without_people(run: Run, tmp_path: Path) -> None:
    """The variables with credentials are not set."""
    seed = {"projects": [{"_id": "65b0000000000000000000ff", "name": "lonely"}]}
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    code = "import os; print(os.environ['TILEDESK_MOCK_PROJECT_ID'], 'TILEDESK_MOCK_USER' in os.environ)"

    ended = run("exec", "--seed", "seed.json", "--", PYTHON, "-c", code)

    assert ended.stdout == "65b0000000000000000000ff False\n"


def test_exec_rejects_an_unknown_seed(run: Run) -> None:
    """The command does not run, and the exit code is that of wrong use."""
    ended = run("exec", "--seed", "nosuch", "--", PYTHON, "-c", "print('ran')")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Error: nosuch")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_exec_forwards_signals(number: int) -> None:
    """The command handles the signal, and its exit code counts."""
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(42))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    words = [PYTHON, "-m", "tiledesk_mock", "exec", "--", PYTHON, "-c", code]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()

    process.send_signal(number)

    process.communicate(timeout=30)
    assert process.returncode == 42


def test_misspelt_variable_is_reported_on_standard_error(run: Run) -> None:
    """Every verb does; the variables of `exec` are known."""
    words = ("exec", "--", PYTHON, "-m", "tiledesk_mock", "version")

    fine, misspelt = run(*words), run("version", TILEDESK_MOCK_DIALET="server")

    assert (fine.returncode, fine.stderr) == (0, "")
    assert misspelt.returncode == 0
    assert misspelt.stderr == "unknown variable TILEDESK_MOCK_DIALET: did you mean TILEDESK_MOCK_DIALECT?\n"


CALL = """
import os, sys, requests
get = lambda name: os.environ["TILEDESK_MOCK_" + name]
for path in sys.argv[1:-1]:
    requests.get(f"{get('URL')}/{get('PROJECT_ID')}{path}", auth=(get("USER"), get("PASSWORD")))
raise SystemExit(int(sys.argv[-1]))
"""

DRIFT = "/events?sortField=name"
NOT_EMULATED = "/leads"


def test_exec_prints_what_the_server_ignores(run: Run) -> None:
    """In the server dialect no drift is met, but the command may not mean what it asks for."""
    ended = run("exec", "--dialect", "server", "--", PYTHON, "-c", CALL, DRIFT, DRIFT, "0")

    heading, *drifts = ended.stderr.splitlines()
    assert (ended.returncode, heading) == (0, "the command asks for what the server ignores:")
    assert [line.partition(":")[0] for line in drifts] == ["  sort-field"]


def test_exec_prints_drifts_at_the_end(run: Run) -> None:
    """With what is documented, what the real server does, and the request. The exit code stays."""
    ended = run("exec", "--", PYTHON, "-c", CALL, DRIFT, DRIFT, "0")

    heading, *drifts = ended.stderr.splitlines()
    assert (ended.returncode, heading) == (0, "the command relied on what the real server does not do:")
    assert [drift.split(":")[0] for drift in drifts] == ["  sort-field"]
    assert "sortField is ignored" in drifts[0]
    assert drifts[0].endswith("/events?sortField=name)")


def test_exec_keeps_drifts_of_before_a_reset(run: Run) -> None:
    """The command may reset the emulator between its tests."""
    code = CALL.replace("raise", "requests.post(get('URL').replace('/v3', '/__admin/reset'))\nraise")

    ended = run("exec", "--", PYTHON, "-c", code, DRIFT, "0")

    assert "sort-field" in ended.stderr


def test_exec_prints_requests_that_are_not_emulated(run: Run) -> None:
    """Each is a line."""
    ended = run("exec", "--", PYTHON, "-c", CALL, NOT_EMULATED, "0")

    assert ended.returncode == 0
    assert [line.split()[1] for line in ended.stderr.splitlines()[1:]] == ["GET"]
    assert "not emulated" in ended.stderr


@pytest.mark.parametrize(
    ("words", "path", "code"),
    [
        (("--strict",), DRIFT, 1),
        (("--strict",), NOT_EMULATED, 1),
        (("--strict",), "/events", 0),
        (("--strict", "--drifts", "ignore"), DRIFT, 0),
        (("--strict", "--drifts", "warn"), DRIFT, 0),
        (("--drifts", "error"), DRIFT, 1),
        (("--drifts", "error"), NOT_EMULATED, 0),
    ],
)
def test_exec_fails_if_it_is_strict(run: Run, words: tuple[str, ...], path: str, code: int) -> None:
    """A drift or a request that is not emulated is the reason."""
    ended = run("exec", *words, "--", PYTHON, "-c", CALL, path, "0")

    assert ended.returncode == code
    assert ("tiledesk-mock exec: exit code 1, because of 1 " in ended.stderr) == bool(code)


def test_exec_reads_strict_from_the_environment(run: Run) -> None:
    """The variables are those of the plugin."""
    words = ("exec", "--", PYTHON, "-c", CALL, DRIFT, "0")

    strict, ignoring = run(*words, TILEDESK_MOCK_STRICT="1"), run(*words, TILEDESK_MOCK_DRIFTS="ignore")

    assert (strict.returncode, ignoring.returncode, ignoring.stderr) == (1, 0, "")


def test_exec_keeps_the_exit_code_of_a_command_that_failed(run: Run) -> None:
    """Even if it is strict."""
    ended = run("exec", "--strict", "--", PYTHON, "-c", CALL, DRIFT, "7")

    assert ended.returncode == 7


def test_exec_prints_the_last_exchanges_if_the_command_failed(run: Run) -> None:
    """As the plugin does for a test: request, response of an error, and curl."""
    ended = run("exec", "--", PYTHON, "-c", CALL, *["/events"] * 5, "/events/nothing", "1")

    lines = ended.stderr.splitlines()
    assert lines[0].startswith("the last 5 of 6 exchanges with http://127.0.0.1:")
    assert lines[-3].startswith("6  GET ")
    assert lines[-2].startswith("   response ")
    assert lines[-1].startswith("   curl ")


def test_exec_logs_requests(run: Run) -> None:
    """As `serve` does, if it is to log information."""
    ended = run("exec", "--log-level", "info", "--", PYTHON, "-c", CALL, "/events", "0")

    assert "  GET     200 " in ended.stderr
    assert ended.stderr.rstrip().endswith("/events  by owner owner@example.com")


def test_exec_leaves_no_file(run: Run, tmp_path: Path) -> None:
    """The emulator is in memory."""
    run("exec", "--", PYTHON, "-c", FIRE)

    assert list(tmp_path.iterdir()) == []
