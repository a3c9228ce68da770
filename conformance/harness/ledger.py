"""The journal of everything that a run created, so that it can be removed.

Each process has one file with one JSON line per entry, written as soon as an answer names
the thing. A killed run leaves its journal, and the next run on the same target sweeps it.
The journal holds only identifiers, never a token or a signed URL.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How many things are removed at once.
_AT_ONCE = 12
# The member of a line that says that a thing is gone.
_GONE = "gone"


@dataclass(frozen=True)
class Entry:
    """One created thing: `kind` is a word of the profile, `instance` is main or twin."""

    kind: str
    id: str
    caller: str = "main"
    instance: str = "main"


class Ledger:
    """The journal of one process; entries are only ever added."""

    def __init__(self, folder: Path, name: str) -> None:
        """Open the journal, and hold its lock while this process lives."""
        _make_private(folder)
        self.path = folder / f"{name}.jsonl"
        self._lock = FileLock(f"{self.path}.lock")
        self._lock.acquire(timeout=0)
        self._file = self.path.open("a", encoding="utf-8")
        self._made: set[tuple[str, str]] = set()

    def add(self, entry: Entry) -> None:
        """Journal something that the server created."""
        self._made.add((entry.kind, entry.id))
        self._write(asdict(entry))

    def removed(self, entry: Entry) -> None:
        """Journal that a thing is gone: its id may be given to somebody else, so it is left alone.

        A thing that is created again later is journalled again.
        """
        if self.made(entry.kind, entry.id):
            self._write({**asdict(entry), _GONE: True})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def made(self, kind: str, created_id: str) -> bool:
        """Whether this process created the thing; it may be removed since."""
        return (kind, created_id) in self._made

    def count(self, kind: str, caller: str, instance: str) -> int:
        """Return how many things of a kind all processes of this run created for a caller."""
        run = self.path.stem.rpartition("-")[0]
        paths = self.path.parent.glob(f"{run}-*.jsonl")
        made = {entry for path in paths for entry in _read(path, also_gone=True)}
        wanted = kind, caller, instance
        return sum((entry.kind, entry.caller, entry.instance) == wanted for entry in made)

    def close(self) -> None:
        """Close the journal, so that others may sweep it."""
        self._file.close()
        self._lock.release()


def ledger_folder(profile: str, base_url: str) -> Path:
    """Return the folder that holds the journals of one target on this machine."""
    digest = hashlib.sha256(f"{profile} {base_url}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"media-conformance-{os.getuid()}" / digest


def _make_private(folder: Path) -> None:
    """Make a folder of this user alone, in a place where others may write.

    Raises `UsageProblem` when others may write to it: the ids in a journal are deleted.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageProblem(f"{folder} is not private to this user: remove it, or set TMPDIR")


def sweep(folder: Path, remove: Callable[[Entry], bool]) -> list[Entry]:
    """Remove what earlier runs left, and return what could not be removed.

    The journal of a run that is still alive is locked, and left alone.

    Args:
        folder: The folder with the journals of one target.
        remove: Removes one entry, and returns whether it is gone.
    """
    leftovers: list[Entry] = []
    for path in sorted(folder.glob("*.jsonl")):
        lock = FileLock(f"{path}.lock")
        try:
            with lock.acquire(timeout=0):
                remaining = _removed(list(_read(path)), remove)
                _keep(path, remaining)
        except Timeout:
            continue
        if not remaining:
            Path(lock.lock_file).unlink(missing_ok=True)
        leftovers += remaining
    return leftovers


def _removed(entries: list[Entry], remove: Callable[[Entry], bool]) -> list[Entry]:
    """Remove the entries, several at once, and return those that could not be removed.

    When some were removed, the others are tried again one by one: a server may limit how
    many requests it takes at once.
    """
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        gone = list(pool.map(remove, entries))
    remaining = [entry for entry, is_gone in zip(entries, gone, strict=True) if not is_gone]
    return [entry for entry in remaining if not remove(entry)] if any(gone) else remaining


def _keep(path: Path, remaining: list[Entry]) -> None:
    """Keep in the journal what could not be removed, so that the next run tries again."""
    if not remaining:
        path.unlink(missing_ok=True)
        return
    lines = [json.dumps(asdict(entry)) for entry in reversed(remaining)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read(path: Path, *, also_gone: bool = False) -> Iterator[Entry]:
    """Yield the entries of a journal, newest first; with `also_gone`, those of removed things."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return  # another worker has swept it in the meantime
    entries: dict[Entry, None] = {}
    for line in text.splitlines():
        try:
            members = json.loads(line)
            gone = members.pop(_GONE, False)
            entry = Entry(**members)
        except (ValueError, TypeError, AttributeError):
            continue  # a line cut short by a kill
        if not gone:
            entries[entry] = None
        elif not also_gone:
            entries.pop(entry, None)
    yield from reversed(entries)
