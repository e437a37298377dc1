"""Files that are written whole: in one step or not at all, readable by their owner, through links."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiledesk_mock.files import check_writable, write_file, write_temporary

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes and no such limits")

FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
"""


def _run(code: str, path: Path) -> str:
    """Return what a process prints that fails."""
    words = [sys.executable, "-c", code, str(path)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stderr


def test_file_is_replaced(tmp_path: Path) -> None:
    """It contains the joined pieces, and nothing else is left."""
    path = tmp_path / "x.json"

    for content in (b"first", b"2nd"):
        write_file(path, [content, b" content"])

    assert path.read_bytes() == b"2nd content"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_midway_leaves_the_file(tmp_path: Path) -> None:
    """If the content ends with an error, the file is as it was."""
    path = tmp_path / "x.json"
    path.write_bytes(b"precious")

    def pieces() -> Iterator[bytes]:
        yield b"x" * 1_000_000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(path, pieces())

    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


@posix
@pytest.mark.parametrize("exists", [True, False])
def test_full_disk_leaves_the_file(tmp_path: Path, exists: bool) -> None:
    """If the disk takes only a part, the file is as it was, also if it did not exist."""
    path = tmp_path / "x.json"
    if exists:
        path.write_bytes(b"precious")
    code = "from tiledesk_mock.files import write_file\nwrite_file(sys.argv[1], [b'x' * 99_999])"

    done = _run(FULL_DISK + code, path)

    assert "File too large" in done
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"precious"] * exists


@posix
@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_new_file_is_for_its_owner_only(tmp_path: Path, umask: int) -> None:
    """Its mode is 0600, and so is that of the temporary file beforehand."""
    modes = []

    def pieces() -> Iterator[bytes]:
        modes.extend(oct(one.stat().st_mode & 0o7777) for one in tmp_path.iterdir())
        yield b"secret"

    before = os.umask(umask)
    try:
        write_file(tmp_path / "x.json", pieces())
    finally:
        os.umask(before)

    assert [*modes, oct((tmp_path / "x.json").stat().st_mode & 0o7777)] == ["0o600", "0o600"]


@posix
@pytest.mark.parametrize("mode", [0o640, 0o666])
def test_existing_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """Its owner has decided who may read it."""
    path = tmp_path / "x.json"
    path.touch()
    path.chmod(mode)

    write_file(path, [b"content"])

    assert path.stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root may give a file away")
def test_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    """Root may write a file of another user, who can read it afterwards: as in a container."""
    path = tmp_path / "x.json"
    path.touch(0o600)
    os.chown(path, 65534, 65533)

    write_file(path, [b"content"])

    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65533)


@posix
def test_temporary_file_of_a_killed_process_is_replaced(tmp_path: Path) -> None:
    """Whatever its mode is, and without following a link that another program put there."""
    path, other = tmp_path / "x.json", tmp_path / "other"
    other.write_bytes(b"precious")
    (tmp_path / "x.json.new").symlink_to(other)

    temporary = write_temporary(path, [b"content"], name="x.json.new")

    assert temporary.read_bytes() == b"content"
    assert temporary.stat().st_mode & 0o777 == 0o600
    assert other.read_bytes() == b"precious"


@posix
def test_link_stays_a_link(tmp_path: Path) -> None:
    """The file that it leads to is written, in its own folder, even if it does not exist yet."""
    (tmp_path / "folder").mkdir()
    link, file = tmp_path / "link", tmp_path / "folder" / "x.json"
    link.symlink_to(file)

    for content in (b"new", b"replaced"):
        write_file(link, [content])
        assert file.read_bytes() == content

    assert link.is_symlink()
    assert not file.is_symlink()


@posix
def test_device_is_written_to() -> None:
    """A device is not replaced by a file."""
    write_file(os.devnull, [b"content"])

    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("name", ["folder", "missing/x.json", "file/x.json"])
def test_impossible_target_is_an_error(tmp_path: Path, name: str) -> None:
    """A folder, a file in a missing folder or below a file is refused, by the check as well."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    for attempt in (lambda: check_writable(tmp_path / name), lambda: write_file(tmp_path / name, [b"x"])):
        with pytest.raises(OSError, match=name.rpartition("/")[2]):
            attempt()

    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]


@posix
def test_circular_link_is_an_error(tmp_path: Path) -> None:
    """It stays as it is."""
    link = tmp_path / "link"
    link.symlink_to(link)

    with pytest.raises(OSError, match="symbolic links"):
        write_file(link, [b"x"])

    assert link.is_symlink()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs the users of POSIX")
@pytest.mark.parametrize("read_only", ["folder", "file"])
def test_missing_permission_is_an_error(tmp_path: Path, read_only: str) -> None:
    """Neither a folder nor a file without write permission is changed."""
    folder, file = tmp_path / "folder", tmp_path / "folder" / "file"
    folder.mkdir()
    file.write_bytes(b"precious")
    file.chmod(0o444 if read_only == "file" else 0o666)
    folder.chmod(0o555 if read_only == "folder" else 0o777)
    for parent in tmp_path.parents:  # root runs it as another user, who needs access to the folder
        parent.chmod(parent.stat().st_mode | 0o011) if not parent.stat().st_mode & 0o001 else None
    tmp_path.chmod(0o755)
    code = (
        "import os, sys\nfrom tiledesk_mock.files import write_file\n"
        "os.geteuid() or os.seteuid(65534)\nwrite_file(sys.argv[1], [b'x'])"
    )

    done = _run(code, file)

    folder.chmod(0o755)
    assert "PermissionError" in done
    assert [one.read_bytes() for one in folder.iterdir()] == [b"precious"]


@pytest.mark.skipif(not shutil.which("unshare"), reason="only Linux mounts single files")
def test_file_that_is_a_mount_is_an_error(tmp_path: Path) -> None:
    """The error says what to do, and the file is as it was; the one that is mounted there can be written."""
    source, target = tmp_path / "source", tmp_path / "tar get"
    source.write_text("old")
    target.touch()
    code = (
        "import sys, pathlib; from tiledesk_mock.files import write_file\n"
        "try: write_file(sys.argv[2], [b'new'])\n"
        "except OSError as error: print(error)\n"
        "print(pathlib.Path(sys.argv[2]).read_text())\n"
        "write_file(sys.argv[1], [b'new'])"
    )
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    script = 'mount --bind "$2" "$3" || exit 77; exec "$1" -c "$4" "$2" "$3"'

    run = subprocess.run(
        [*words, script, "-", sys.executable, source, target, code],
        capture_output=True,
        text=True,
        check=False,
    )

    if run.returncode in (1, 77) and not run.stdout:
        pytest.skip("only some may mount here")
    error, content = run.stdout.splitlines()
    assert "mounted as a single file, which cannot be replaced: mount its folder" in error
    assert content == "old"
    assert source.read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "tar get"]
