"""The journal of everything that a run created, so that it can be removed.

Each process has one file with one JSON line per entry, written as soon as an answer names
the thing, or before a request that may create one. A killed run leaves its journal, and the next
run on the same target sweeps it, or `conformance cleanup`.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from conformance.harness.journal import OBJECT, Entry, Header, Journal, read_journal
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.model.redaction import Redactor

__all__ = ["Entry", "Ledger", "Swept", "journals_in", "ledger_folder", "ledgers_root", "sweep"]

#: How many things are removed at once.
_AT_ONCE = 12
#: Some things are tried more than once, and the libraries are listed.
_TRIES = 2.0


class Ledger:
    """The journal of one process; entries are only ever added. It may be used by several threads.

    `tally` counts the entries by their kind.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        header: Header | None = None,
        secrets: Redactor | None = None,
    ) -> None:
        """Open the journal, and hold its lock while this process lives.

        Args:
            folder: The folder of the target's journals.
            name: The name of this journal: run and process.
            header: Whose journal it is.
            secrets: Knows what may not be written, even where a server hands it out as an id.
        """
        make_private(folder)
        self.path = folder / f"{name}.jsonl"
        self._lock = FileLock(f"{self.path}.lock")
        self._lock.acquire(timeout=0)
        self._file = self.path.open("a", encoding="utf-8")
        self._secrets = secrets
        self._writing = threading.Lock()
        self._made: dict[tuple[str, str], Entry] = {}
        self._there: set[tuple[str, str]] = set()
        self.tally: Counter[str] = Counter()
        if not self._file.tell():
            self._write((header or Header()).line())

    def add(self, entry: Entry) -> None:
        """Journal something that the server created, or may create by the next request."""
        key = entry.kind, entry.id
        if key not in self._made:
            self.tally[entry.kind] += 1
        self._made[key] = entry
        if entry.kind in _REMOVABLE:
            self._there.add(key)
        self._write(entry.line())

    def removed(self, entry: Entry) -> None:
        """Journal that a thing is gone: its id may be given to somebody else, so it is left alone.

        A thing that is created again later is journalled again. The clean-up, which begins when
        the journal is closed, keeps account itself.
        """
        self._there.discard((entry.kind, entry.id))
        if not self._file.closed and self.made(entry.kind, entry.id):
            self._write(entry.line(gone=True))

    def removal_s(self, answer_s: float) -> float:
        """Return the seconds that it takes to remove what is there, by the time of an answer."""
        return len(self._there) / _AT_ONCE * answer_s * _TRIES

    def _write(self, line: str) -> None:
        if self._secrets is not None and self._secrets.knows(line):
            return  # an id that is a secret cannot be told, and so not be removed
        with self._writing:
            self._file.write(f"{line}\n")
            self._file.flush()

    def made(self, kind: str, created_id: str) -> bool:
        """Whether this process created the thing; it may be removed since."""
        return (kind, created_id) in self._made

    def entry_of(self, kind: str, created_id: str) -> Entry | None:
        """Return the newest entry of a thing that this process created, or None."""
        return self._made.get((kind, created_id))

    def count(self, kind: str, caller: str, instance: str) -> int:
        """Return how many things of a kind all processes of this run created for a caller."""
        run = self.path.stem.rpartition("-")[0]
        paths = self.path.parent.glob(f"{run}-*.jsonl")
        made = {entry for path in paths for entry in read_journal(path).ever}
        wanted = kind, caller, instance
        return sum((entry.kind, entry.caller, entry.instance) == wanted for entry in made)

    def close(self) -> None:
        """Close the journal, so that others may sweep it."""
        self._file.close()
        self._lock.release()

    def discard(self) -> None:
        """Remove the journal of a process that made nothing."""
        self.path.unlink(missing_ok=True)
        Path(self._lock.lock_file).unlink(missing_ok=True)


def ledgers_root() -> Path:
    """Return the folder that holds the journals of this user, in one folder for each target."""
    return Path(tempfile.gettempdir()) / f"media-conformance-{os.getuid()}"


def ledger_folder(profile: str, base_url: str) -> Path:
    """Return the folder that holds the journals of one target on this machine."""
    digest = hashlib.sha256(f"{profile} {base_url}".encode()).hexdigest()[:16]
    return ledgers_root() / digest


def make_private(folder: Path) -> None:
    """Make a folder of this user alone, in a place where others may write.

    Raises `UsageProblem` when others may write to it: the ids in a journal are deleted.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_private(folder)


def check_private(folder: Path) -> None:
    """Raise `UsageProblem` when others may write to a folder: the ids in a journal are deleted."""
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageProblem(f"{folder} is not private to this user: remove it, or set TMPDIR")


class Swept(list[Entry]):
    """What could not be removed, and how much was; `alive` are journals of runs that still go."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = 0
        self.alive: list[Path] = []


def journals_in(folder: Path) -> list[Path]:
    """Return the journals of a folder, in the order of their names."""
    return sorted(folder.glob("*.jsonl"))


def sweep(
    folder: Path | Iterable[Path],
    remove: Callable[[Entry], bool],
    look: Callable[[Path, Journal], tuple[list[Entry], bool]] | None = None,
    last: Callable[[Journal], list[Entry]] | None = None,
) -> Swept:
    """Remove what earlier runs left, and return what could not be removed.

    The journal of a run that is still alive is locked, and left alone.

    Args:
        folder: The folder with the journals of one target, or the journals.
        remove: Removes one entry, and returns whether it is gone.
        look: Looks at each journal first: returns further things of the run, and whether the
            journal is not needed any more when everything is removed.
        last: Returns objects that are there when everything else is removed.
    """
    swept = Swept()
    for path in journals_in(folder) if isinstance(folder, Path) else folder:
        lock = FileLock(f"{path}.lock")
        try:
            with lock.acquire(timeout=0):
                journal = read_journal(path)
                # Another process may have swept it since the folder was listed.
                found, whole = look(path, journal) if look and path.exists() else ([], True)
                entries = [*found, *reversed(journal.entries.values())]
                remaining = _removed([one for one in entries if one.kind != OBJECT], remove)
                # A server that deletes a media finds its objects still there.
                entries += last(journal) if last else []
                remaining += _removed([one for one in entries if one.kind == OBJECT], remove)
                _keep(path, entries, remaining, whole=whole)
        except Timeout:
            swept.alive.append(path)
            continue
        if not remaining and whole:
            Path(lock.lock_file).unlink(missing_ok=True)
        gone = [entry for entry in entries if entry not in set(remaining)]
        swept.gone += sum(entry.kind in _REMOVABLE for entry in gone)
        swept += remaining
    return swept


def _removed(entries: list[Entry], remove: Callable[[Entry], bool]) -> list[Entry]:
    """Remove the entries, several at once, and return those that could not be removed.

    When some were removed, the others are tried again one by one: a server may limit how
    many requests it takes at once.
    """
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        gone = list(pool.map(remove, entries))
    remaining = [entry for entry, is_gone in zip(entries, gone, strict=True) if not is_gone]
    return [entry for entry in remaining if not remove(entry)] if any(gone) else remaining


def _keep(path: Path, entries: list[Entry], remaining: list[Entry], *, whole: bool) -> None:
    """Keep in the journal what could not be removed, so that the next run tries again.

    What is gone is noted behind the other lines. Only sessions and bytes stay noted, which say
    what a lost complete may have made.
    """
    if not remaining and whole:
        path.unlink(missing_ok=True)
        return
    kept = set(remaining)
    gone = [entry for entry in entries if entry not in kept and (whole or entry.kind in _REMOVABLE)]
    lines = [*(one.line() for one in remaining), *(one.line(gone=True) for one in gone)]
    with path.open("ab") as out:
        out.write(("\n" + "\n".join(lines) + "\n").encode())


#: What a request of the kit removes; the other entries only say what to look for.
_REMOVABLE = frozenset({"media", "post", "object"})
