"""Files that are written whole: all of the new content is there, or what was there before.

New files may only be read by their owner, since nearly all of them contain passwords or tokens.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISREG
from typing import Final

if sys.platform == "darwin":
    import fcntl

    def sync(descriptor: int) -> None:
        """Return when what was written to a file survives a loss of power."""
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # on macOS fsync leaves the data in the drive's cache
        except OSError:  # this file system does not support it
            os.fsync(descriptor)

else:
    sync = os.fsync

BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""The flags of each file that is opened by `os.open`."""

_PRIVATE: Final = 0o600
_BUFFER: Final = 1 << 16
_MAX_NAME: Final = 40


def write_file(
    path: Path | str, pieces: Iterable[bytes], *, synced: bool = True, name: str | None = None
) -> None:
    """Replace the content of a file by the joined `pieces`, in one step, or change nothing.

    A new file gets the mode 0600, and an existing one keeps its mode. A link stays a link. A device or pipe
    is written to. `synced` is whether the content survives a loss of power. `name` is that of the temporary
    file, for a caller that removes what a kill has left. Raises OSError.
    """
    if _is_device(path):
        with open(path, "wb") as device:
            device.writelines(pieces)
        return
    target = Path(path).resolve()
    temporary = write_temporary(target, pieces, synced=synced, name=name)
    try:
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if synced:
        sync_folder(target.parent)


def write_temporary(
    target: Path, pieces: Iterable[bytes], *, synced: bool = True, name: str | None = None
) -> Path:
    """Write the joined `pieces` to a new file beside `target`, with its mode, and return its path.

    The caller renames it. `name` is that of the new file, which replaces one that an earlier process left;
    by default no other process uses it. Raises OSError, and leaves no file then.
    """
    with suppress(FileNotFoundError):  # a rename would replace a file without write permission
        os.close(os.open(target, BINARY | os.O_WRONLY))
        _check_replaceable(target)
    temporary = target.with_name(name or f".{target.name[:_MAX_NAME]}.{os.urandom(4).hex()}")
    if name is not None:
        temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, BINARY | os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        with open(descriptor, "wb", _BUFFER) as file:
            file.writelines(pieces)
            file.flush()
            if synced:
                sync(descriptor)
        _copy_owner_and_mode(target, temporary)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def check_writable(path: Path | str) -> None:
    """Raise OSError if `write_file` could not write there; change nothing."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not _is_device(path):
        write_temporary(Path(path).resolve(), (), synced=False).unlink()


def sync_folder(folder: Path) -> None:
    """Return when files that were created or renamed in a folder survive a loss of power."""
    if os.name == "nt":
        return
    with suppress(OSError):  # some file systems cannot sync folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_device(path: Path | str) -> bool:
    """Return whether a path exists and is no file. A folder is treated as a device: opening it fails."""
    try:
        return not S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _check_replaceable(path: Path) -> None:
    """Raise OSError for a file that is mounted by itself, as Docker can do, so that no rename replaces it."""
    try:
        mounts = Path("/proc/self/mountinfo").read_bytes()
    except OSError:  # not Linux
        return
    name = os.fsencode(path)
    for character in b"\\ \t\n":  # the backslash first, which the others become
        name = name.replace(bytes([character]), b"\\%03o" % character)
    if name in (line.split(b" ")[4] for line in mounts.splitlines()):
        raise OSError(
            errno.EBUSY, "it is mounted as a single file, which cannot be replaced: mount its folder"
        )


def _copy_owner_and_mode(source: Path, target: Path) -> None:
    try:
        status = source.stat()
    except FileNotFoundError:
        return
    if sys.platform != "win32":
        for owner in ((-1, status.st_gid), (status.st_uid, -1)):
            with suppress(OSError):  # only root may give a file to another user
                os.chown(target, *owner)
    target.chmod(S_IMODE(status.st_mode))
