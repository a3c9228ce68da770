"""Removes what journals name: what is the run's own, and nothing else."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from conformance.harness.belongings import Listing, listing
from conformance.harness.client import Client
from conformance.harness.journal import BEFORE, OBJECT, REFUSED, Entry, read_journal
from conformance.harness.ledger import Swept, journals_in, sweep
from conformance.harness.remains import derived_objects, left_behind, lost_media
from conformance.harness.storage import Storage
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Finding

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from conformance.harness.bounds import Bounds
    from conformance.harness.bucket import Bucket
    from conformance.harness.journal import Journal
    from conformance.model.exchange import Exchange
    from conformance.model.profile import Profile
    from conformance.target import Target

# A server that was interrupted in a complete is at its end after so many seconds.
_FINISHES_S = 4.0
# Seconds before the clean-up asks a server again that gave no answer.
_PAUSES_S = (1.0, 3.0, 6.0)
#: What has an id that the server gave: it is removed only if the kit knows that it is its own.
_PROVED = frozenset({"media", "post", OBJECT})
#: Media that a journal names: of the run, or older than it.
_KNOWN = frozenset({"media", BEFORE})
_UNPROVED = "it may be older than the run, so it stays"
_UNCERTAIN = "new since the run began, but nothing shows that this run made it, so it stays"


class Owner(Protocol):
    """What the clean-up uses of the harness that it belongs to."""

    profile: Profile
    target: Target
    run_id: str
    folder: Path
    client: Client
    bounds: Bounds
    transcript: Transcript
    api: Any

    @property
    def bucket(self) -> Bucket:
        """The bucket of the target."""


class Cleaner:
    """Removes things of one target for a harness; `named` says what it leaves on purpose.

    `left` counts for each journal what no operation can delete.
    """

    def __init__(self, harness: Owner) -> None:
        self._harness = harness
        self._belongings = harness.profile.module("belongings")
        self._quiet: Client | None = None
        self.named: list[str] = []
        self.left: dict[str, Counter[str]] = {}

    @property
    def lists(self) -> Mapping[str, Callable[[str], Listing]]:
        """What lists the library of a caller, for each instance; the oracles do not see it."""
        target = self._harness.target
        bases = {"main": target.base_url, "twin": target.short_lived_url}
        return {name: self._list_at(base) for name, base in bases.items() if base}

    def created_at(self, media_id: str, caller: str, instance: str) -> datetime | None:
        """Return when a media was made, as a fetch shows it; the oracles do not see it."""
        target = self._harness.target
        base_url = target.base_url if instance == "main" else target.short_lived_url
        found: datetime | None = self._belongings.created_at(
            self._client(), base_url, caller, media_id
        )
        return found

    def _list_at(self, base_url: str) -> Callable[[str], Listing]:
        def look(caller: str) -> Listing:
            if caller not in self._harness.target.tokens:
                return Listing()
            found: Listing = self._belongings.listed(self._client(), base_url, caller)
            return found

        return look

    def _client(self) -> Client:
        """Return a client that shares the bounds and the tokens of the run, and no oracle."""
        if self._quiet is None:
            harness = self._harness
            quiet = Client(harness.target, Transcript(harness.run_id))
            quiet.bounds, quiet.tokens = harness.bounds, harness.client.tokens
            self._quiet = quiet
        return self._quiet

    @property
    def exchanges(self) -> list[Exchange]:
        """What was sent since the clean-up began."""
        quiet = self._quiet.transcript.exchanges if self._quiet else []
        return [*self._harness.transcript.exchanges, *quiet]

    def close(self) -> None:
        """Close the connections."""
        if self._quiet is not None:
            self._quiet.close()

    def sweep_folder(self) -> Swept:
        """Remove what the journals of the target name, once."""
        return self.sweep(journals_in(self._harness.folder))

    def sweep(self, paths: Iterable[Path]) -> Swept:
        """Remove what some journals of the target name, once."""
        return sweep(paths, self._remove, self._look, self._derived)

    def sweep_patiently(self, paths: Callable[[], Iterable[Path]]) -> Swept:
        """Remove what journals name; try again where no answer came, within the bound.

        A server that is away for a moment comes back.
        """
        bounds = self._harness.bounds
        gone = 0
        for pause in (*_PAUSES_S, 0.0):
            unanswered = bounds.unanswered
            swept = self.sweep(paths())
            gone += swept.gone
            hopeless = bounds.unanswered == unanswered or bounds.left_s < pause
            if not swept or hopeless or not pause:
                break
            threading.Event().wait(pause)
        swept.gone = gone
        return swept

    def _look(self, path: Path, journal: Journal) -> tuple[list[Entry], bool]:
        """Find what a journal does not name, and count what nobody can delete."""
        _let_finish(path, journal)
        lists = {name: partial(listing, look) for name, look in self.lists.items()}
        found = lost_media(journal, lists, self._read, self._known(path, journal))
        for entry in found.own:
            journal.ever[entry] = entry
        posts_stay: bool = self._belongings.POSTS_STAY
        self.left.setdefault(path.stem, left_behind(journal, posts_stay=posts_stay))
        self._name(*(f"media {item} ({_UNCERTAIN})" for item in found.uncertain))
        suspects = [entry for entry in journal.suspects() if entry.proof != REFUSED]
        lost = [] if found.whole else suspects
        return [*found.own, *map(_unseen, lost)], found.whole or not lost

    def _derived(self, journal: Journal) -> list[Entry]:
        """Return objects that a server made of the run's own, such as a thumbnail.

        A complete that a kill cut off may have made one, and no media that would take it along.
        """
        if not self._harness.target.s3_bucket or not journal.header:
            return []
        try:
            moments = self._harness.bucket.moments() or {}
        except Finding:
            return []
        return derived_objects(journal, moments)

    def _known(self, path: Path, journal: Journal) -> set[str]:
        journals = (read_journal(one) for one in journals_in(path.parent) if one != path)
        every = (journal, *journals)
        return {entry.id for one in every for entry in one.ever if entry.kind in _KNOWN}

    def _read(self, url: str) -> bytes | None:
        try:
            exchange = Storage(self._client()).read(url)
        except Finding:
            return None
        response = exchange.response
        return response.body if exchange.succeeded and response else None

    def _name(self, *words: str) -> None:
        self.named += [one for one in words if one not in self.named]

    def _remove(self, entry: Entry) -> bool:
        if entry.kind == _UNSEEN:
            return False
        if entry.kind not in _PROVED:
            return True
        if not entry.proof:
            self._name(f"{entry.kind} {entry.id} ({_UNPROVED})")
            return True
        try:
            if entry.kind == OBJECT:
                self._harness.bucket.remove([entry.id])
                return True
            return bool(self._harness.api.remove(entry))
        except Exception:  # noqa: BLE001 - clean-up goes on whatever one entry does
            return False


def _let_finish(path: Path, journal: Journal) -> None:
    """Wait where a complete got no answer: the server may still make a media of it."""
    unanswered = any(not suspect.proof for suspect in journal.suspects())
    left = path.stat().st_mtime + _FINISHES_S - time.time()
    if unanswered and left > 0:
        threading.Event().wait(min(left, _FINISHES_S))


#: A media that may be there, where the library could not be read.
_UNSEEN = "what may have become of upload"


def _unseen(session: Entry) -> Entry:
    return Entry(_UNSEEN, session.id, session.caller, session.instance)
