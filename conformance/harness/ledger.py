"""What this run created, journalled as soon as an answer names it, so that it can be removed.

One file a process, one JSON line an entry, flushed as it is written: a run that was
killed leaves its journal behind, and the next run on the same target sweeps it. The
journal holds identifiers only, never a token and never a signed URL.
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
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How many things are removed at once.
_AT_ONCE = 12


@dataclass(frozen=True)
class Entry:
    """One thing created: `kind` is the profile's word, `instance` says main or twin."""

    kind: str
    id: str
    caller: str = "main"
    instance: str = "main"


class Ledger:
    """The journal of one process; entries are only ever added."""

    def __init__(self, folder: Path, name: str) -> None:
        """Open the journal and hold its lock for as long as this process lives."""
        _make_private(folder)
        self.path = folder / f"{name}.jsonl"
        self._lock = FileLock(f"{self.path}.lock")
        self._lock.acquire(timeout=0)
        self._file = self.path.open("a", encoding="utf-8")
        self._made: set[tuple[str, str]] = set()

    def add(self, entry: Entry) -> None:
        """Journal something that the server was seen to create."""
        self._made.add((entry.kind, entry.id))
        self._file.write(json.dumps(asdict(entry)) + "\n")
        self._file.flush()

    def made(self, kind: str, created_id: str) -> bool:
        """Say whether this process created the thing, be it there or removed since."""
        return (kind, created_id) in self._made

    def close(self) -> None:
        """Close the journal and let others sweep it."""
        self._file.close()
        self._lock.release()


def ledger_folder(profile: str, base_url: str) -> Path:
    """Return the folder that holds the journals of one target on this machine."""
    digest = hashlib.sha256(f"{profile} {base_url}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"media-conformance-{os.getuid()}" / digest


def _make_private(folder: Path) -> None:
    """Make a folder of our own in a place where others may write.

    Raises `UsageProblem` when it is somebody else's: the ids in a journal are deleted.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageProblem(f"{folder} is not this user's alone: remove it, or set TMPDIR")


def sweep(folder: Path, remove: Callable[[Entry], bool]) -> list[Entry]:
    """Remove what ended or killed runs left, journal by journal; return what would not go.

    Journals of runs that are still alive hold their lock and are left alone.
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
    """Remove the entries, several at once, and return those that would not go.

    Where some went, the others are asked for again one by one: a server that limits its
    clients' rate takes few at once.
    """
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        gone = list(pool.map(remove, entries))
    remaining = [entry for entry, is_gone in zip(entries, gone, strict=True) if not is_gone]
    return [entry for entry in remaining if not remove(entry)] if any(gone) else remaining


def _keep(path: Path, remaining: list[Entry]) -> None:
    """Leave in the journal what would not go, for the next run to try again."""
    if not remaining:
        path.unlink(missing_ok=True)
        return
    lines = [json.dumps(asdict(entry)) for entry in reversed(remaining)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read(path: Path) -> Iterator[Entry]:
    """Yield the entries of a journal, newest first."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return  # another worker has swept it meanwhile
    entries: dict[Entry, None] = {}
    for line in text.splitlines():
        try:
            entries[Entry(**json.loads(line))] = None
        except (ValueError, TypeError):
            continue  # a line cut short by a kill
    yield from reversed(entries)
