"""The format of a journal: one JSON line for each thing of a run, and how it is read again.

The first line is the header: which kit wrote it, for which profile, target and run. Each further
line is an entry, or says that the thing of an entry is gone. A kill may cut the last line short;
a line is written before its thing is used, so nothing is lost with it.

A journal holds identifiers, and hosts and paths of files. It never holds a token or the query of
a URL: who has a pre-signed URL may use it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.problem import UsageProblem
from conformance.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

#: The number of this format: a kit reads only journals of its own format.
FORMAT = 1
# The member of a line that says that a thing is gone.
_GONE = "gone"
_HEADER = "journal"

#: The words for what a journal holds, besides the words of the profile.
OBJECT, BYTES, COMPLETE, SESSION = "object", "bytes", "complete", "upload"
#: A media that was there before the run made anything.
BEFORE = "before"
#: What a `complete` says that the server refused, so that it made nothing if the server is right;
#: and one that it answered otherwise. Without an answer, the server may still be at it.
REFUSED, ANSWERED = "refused", "answered"


@dataclass(frozen=True)
class Entry:
    """One created thing: `kind` is a word of the profile, `instance` is main or twin.

    The further members do not tell things apart. `proof` says how the kit knows that the thing
    is its own; without it, the thing is named and never removed. `session` is the upload session
    that a media came from, `place` the host and path of the file of a session, `digest` the
    SHA-256 of the bytes that were sent there.
    """

    kind: str
    id: str
    caller: str = "main"
    instance: str = "main"
    proof: str = field(default="", compare=False)
    session: str = field(default="", compare=False)
    place: str = field(default="", compare=False)
    digest: str = field(default="", compare=False)

    def line(self, *, gone: bool = False) -> str:
        """Return the entry as a line of a journal; members without a value are left out."""
        members = asdict(self)
        kept = {name: value for name, value in members.items() if value or name in _IDENTITY}
        return json.dumps({**kept, _GONE: True} if gone else kept)


_IDENTITY = ("kind", "id", "caller", "instance")


@dataclass(frozen=True)
class Header:
    """Whose journal it is. `began` is in seconds since the epoch; `twin` may be empty."""

    profile: str = ""
    base_url: str = ""
    twin: str = ""
    run: str = ""
    began: float = 0.0
    kit: str = __version__
    journal: int = FORMAT

    def line(self) -> str:
        """Return the header as the first line of a journal."""
        return json.dumps(asdict(self))


@dataclass
class Journal:
    """What a journal says: `entries` are the things that are not gone, newest last.

    `ever` also has those that are gone. `cut` says that the last line is cut short,
    `unreadable` counts other lines that are not those of a journal.
    """

    header: Header | None = None
    entries: dict[Entry, Entry] = field(default_factory=dict)
    ever: dict[Entry, Entry] = field(default_factory=dict)
    digests: dict[str, set[str]] = field(default_factory=dict)
    cut: bool = False
    unreadable: int = 0

    def having(self, *kinds: str) -> list[Entry]:
        """Return the things of some kinds that are not gone, newest first."""
        return [entry for entry in reversed(self.entries.values()) if entry.kind in kinds]

    def suspects(self) -> list[Entry]:
        """Return the sessions that may have become a media which no entry names.

        The kit sent a complete for each, and stored bytes in it before. The `proof` of each says
        `REFUSED` where the server refused all completes, `ANSWERED` where it answered all.
        """
        known = {entry.session for entry in self.ever.values() if entry.session}
        asked = {(one.id, one.instance): one.proof for one in self.having(COMPLETE)}
        return [
            Entry(**{**asdict(session), "proof": asked[session.id, session.instance]})
            for session in self.ever.values()
            if session.kind == SESSION
            and (session.id, session.instance) in asked
            and session.id not in known
            and session.place in self.digests
        ]

    def _note(self, entry: Entry, *, gone: bool) -> None:
        if gone:
            self.entries.pop(entry, None)
            return
        before = self.entries.pop(entry, None)
        if before is not None and not entry.place:
            entry = Entry(**{**asdict(entry), "place": before.place})
        self.entries[entry] = entry
        self.ever.pop(entry, None)
        self.ever[entry] = entry
        if entry.digest:
            self.digests.setdefault(entry.id, set()).add(entry.digest)


def read_journal(path: Path) -> Journal:
    """Read a journal; one that is gone meanwhile is empty. Damaged lines are counted."""
    journal = Journal()
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return journal  # another worker has swept it in the meantime
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            _read_line(journal, json.loads(line), first=number == 0)
        except (ValueError, TypeError, AttributeError, RecursionError):
            if line is lines[-1] and not line.endswith("\n"):
                journal.cut = True
            else:
                journal.unreadable += 1
    return journal


def _read_line(journal: Journal, members: dict[str, Any], *, first: bool) -> None:
    if first and _HEADER in members:
        journal.header = _checked(Header(**members))
        return
    gone = bool(members.pop(_GONE, False))
    if not all(isinstance(value, str) for value in members.values()):
        raise TypeError
    journal._note(Entry(**members), gone=gone)  # noqa: SLF001 - the reader of the same module


def _checked(header: Header) -> Header:
    texts = (header.profile, header.base_url, header.twin, header.run, header.kit)
    numbers = isinstance(header.began, int | float) and isinstance(header.journal, int)
    if not numbers or not all(isinstance(text, str) for text in texts):
        raise TypeError
    return header


def header_of(path: Path) -> Header:
    """Return the header of a journal that a user names.

    Raises:
        UsageProblem: It is missing, is not a journal, or one of another format.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            first = json.loads(lines.readline(100_000))
        header = _checked(Header(**first))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, RecursionError):
        other = _other_format(path)
        raise UsageProblem(
            other or f"{path} is not a journal of this kit: its first line names no run"
        ) from None
    if header.journal != FORMAT:
        raise UsageProblem(_of_another_kit(path, header.kit, header.journal))
    return header


def _other_format(path: Path) -> str:
    """Return what to say of a journal whose header has members of another format, or nothing."""
    try:
        with path.open(encoding="utf-8") as lines:
            first = json.loads(lines.readline(100_000))
        return _of_another_kit(path, str(first.get("kit", "another")), int(first[_HEADER]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ""


def _of_another_kit(path: Path, kit: str, number: int) -> str:
    return (
        f"{path} was written by version {kit[:40]} of the kit, in format {number}; version"
        f" {__version__} reads format {FORMAT}: use the version that wrote it"
    )


def place_text(url: str) -> str:
    """Return the host and the decoded path of a URL, without user, query and fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}{unquote(parts.path)}" if port else f"{host}{unquote(parts.path)}"
