"""One process's half of a run: everything a case needs, and what it leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from filelock import ReadWriteLock, Timeout

from conformance import specimen
from conformance.bucket import Bucket
from conformance.client import Client, Transcript
from conformance.exchange import Redactor
from conformance.expiry import patience
from conformance.ledger import Entry, Ledger, ledger_folder, sweep
from conformance.provenance import Provenance
from conformance.storage import SignedUrl, Storage
from conformance.verdict import Blocked, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Exchange
    from conformance.profile import Profile
    from conformance.requirement import Level
    from conformance.target import Target
    from conformance.verdict import Violation

_LOCK_BOUND_S = 300.0
_PICTURE = "image/png"
#: How many exchanges of a case a report holds at most.
_TRANSCRIPT_EXCHANGES = 50


@dataclass
class Examination:
    """The client, ledger and storage of one process, and the contract listening to it all."""

    profile: Profile
    target: Target
    run_id: str
    worker: str = "main"
    seed: int = 0
    effort: str = "standard"
    leftovers: list[str] = field(default_factory=list)
    _mismatches: list[Violation] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the client and the journal, and sweep what killed runs left on this target."""
        self.redactor = Redactor(self.target.secrets)
        self._keys = Redactor(self.target.keys)
        self.transcript = Transcript(self.run_id)
        self.provenance = Provenance(self.target, self.redactor)
        self.transcript.listeners += [self._remember, self._hold_against_contract]
        self.client = Client(self.target, self.transcript)
        self.storage = Storage(self.client)
        self.folder = ledger_folder(self.profile.name, self.target.base_url)
        self.ledger = Ledger(self.folder, f"{self.run_id}-{self.worker}")
        self.api = self.profile.api(self)
        sweep(self.folder, self._remove)

    @cached_property
    def bucket(self) -> Bucket:
        """The bucket, for cases that need `s3-access`."""
        return Bucket(self.target)

    def twin(self) -> Any:
        """Return the api of the short-lived twin."""
        return self.profile.api(self, base_url=self.target.short_lived_url, instance="twin")

    def storage_canary(self, url: SignedUrl, change: str) -> None:
        """Return when the storage behind an upload URL would refuse a change; else raise `Blocked`.

        Before an API is blamed for what its storage let through, that storage must be shown
        to enforce signatures: it refuses this very URL (of a picture, image/png) with another
        signature, or a URL of the kit's own that is changed in the same way. A storage on
        the API's own origin is the API, and needs no showing. `change` names a method of
        `SignedUrl`, an HTTP method that the URL was not signed for, or is "expired".
        """
        if self.client.is_own(url.url):
            return
        answer = self.storage.put(url.tampered().url, specimen.genuine(_PICTURE), _PICTURE)
        if change != "tampered" and answer.status in range(400, 500):
            return
        self._bucket_canary(change, f"a tampered signature got {answer.status or 'no answer'}")

    def _bucket_canary(self, change: str, seen: str) -> None:
        key = f"conformance-canary-{uuid4().hex}"
        # Without a bucket nothing is stored, and the journal must not say so.
        if not self.target.s3_bucket:
            raise Blocked(
                capability="s3-access",
                seen=f"{seen}; whether the storage enforces any cannot be told",
            )
        url = SignedUrl(self.bucket.presigned_put(key, _PICTURE))
        self.ledger.add(Entry("object", key))
        control = self.storage.put(url.url, b"canary", _PICTURE)
        if not control.succeeded:
            raise Blocked(
                limit="whether the storage enforces signatures cannot be tried: the kit's own"
                f" upload to the bucket was {control.summary()}"
            )
        if change.isupper():
            answer = self.storage.misuse(url, change, _PICTURE)
        else:
            # A canary cannot wait for its expiry: that it is told by its signature must do.
            changed = getattr(url, "tampered" if change == "expired" else change)()
            answer = self.storage.put(changed.url, b"canary", _PICTURE)
        if not answer.refuses:
            limit = f"{seen}; the storage itself enforces no signatures: use one that does"
            raise Blocked(limit=limit)

    def hold_to(self, exchange: Exchange, level: Level) -> None:
        """Judge one answer against its operation at one level; raises `Violation`."""
        for contract in self.profile.contracts:
            violation = contract.mismatch(exchange, level)
            if violation is not None:
                raise violation

    def replace_object(self, url: str, body: bytes, content_type: str) -> None:
        """Overwrite the object of one of our own upload URLs, by the bucket's credentials."""
        stored = self.bucket.behind(SignedUrl(url))
        key = stored.key if stored else SignedUrl(url).key(self.bucket.name)
        self.ledger.add(Entry("object", key))
        self.transcript.offstage = True
        self.bucket.put(key, body, content_type)

    def tells_a_key(self, exchange: Exchange) -> bool:
        """Say whether an answer holds a caller's token, or the secret key of the storage."""
        body = exchange.response.body if exchange.response else b""
        return self._keys.knows(body.decode("utf-8", "replace"))

    def notice(self, violation: Violation) -> None:
        """Keep what an answer showed by the way of a requirement that the violation names."""
        self._mismatches.append(violation)

    def close(self) -> None:
        """Remove everything this process created and close its connections."""
        self.transcript.requirement = "clean-up"
        self.transcript.listeners.clear()
        self.ledger.close()
        with self.library_lock(exclusive=False):
            remaining = sweep(self.folder, self._remove)
        self.leftovers += [f"{entry.kind} {entry.id}" for entry in remaining]
        self.client.close()

    @contextmanager
    def library_lock(self, *, exclusive: bool) -> Iterator[None]:
        """Share the caller's library with the other workers, or have it alone."""
        if self.worker == "main":
            yield
            return
        # A case that waits for an expiry holds its lock meanwhile.
        bound = _LOCK_BOUND_S + patience(self.target)
        lock = ReadWriteLock(self.folder / f"{self.run_id}.library", timeout=bound)
        with ExitStack() as held:
            try:
                held.enter_context(lock.write_lock() if exclusive else lock.read_lock())
            except Timeout:
                raise Blocked(
                    limit=f"other workers held the library for {bound:.0f} s: use fewer --workers"
                ) from None
            yield

    def drain_evidence(self, case: str) -> list[Evidence]:
        """Return the departures from the contract seen since the last call, each once."""
        distinct = {(one.requirement, str(one)): one for one in self._mismatches}
        self._mismatches.clear()
        found = [self.evidence(one, "", case) for one in distinct.values()]
        for proof, violation in zip(found, distinct.values(), strict=True):
            exchange = violation.exchange
            proof.aside = exchange is not None and self.provenance.aside(exchange)
        return list({proof.key(): proof for proof in found}.values())

    def evidence(self, violation: Violation, requirement: str, case: str) -> Evidence:
        """Turn a violation into redacted, JSON-able evidence."""
        exchange = violation.exchange
        way = self._way_to(exchange)
        return Evidence(
            violation.requirement or requirement,
            case,
            self.redactor.brief(violation.expected),
            self.redactor.brief(violation.actual),
            None if exchange is None else exchange.record(self.redactor),
            [self.redactor.text(note) for note in getattr(violation, "__notes__", ())],
            self._records(way),
            self.provenance.check(violation.check, way) if exchange is not None else None,
            crowded=self.provenance.crowded([exchange] if exchange is not None else way, way),
        )

    def _way_to(self, exchange: Exchange | None) -> list[Exchange]:
        """Return what leads to the exchange: what the case sent, and what that builds on."""
        way = list(self.transcript.exchanges)
        if exchange is not None:
            # By identity: two answers may well be equal.
            numbers = [number for number, step in enumerate(way) if step is exchange]
            way = way[: numbers[-1] + 1] if numbers else [*way, exchange]
        way = [step for step in way if step is exchange or not self.provenance.by_the_way(step)]
        return [*self.provenance.foundations(way), *way]

    def _records(self, way: list[Exchange]) -> list[dict[str, Any]]:
        """Return the records of a way, of a long one the last part, and how to walk it again."""
        shown = way[-_TRANSCRIPT_EXCHANGES:]
        whole = len(shown) == len(way) and not self.transcript.offstage
        scripts = self.provenance.scripts(way) if whole else [None] * len(shown)
        return [
            {**step.record(self.redactor), "script": script}
            for step, script in zip(shown, scripts, strict=True)
        ]

    def _remember(self, exchange: Exchange) -> None:
        self.provenance.note(exchange, early=self.transcript.requirement == "expiry")
        self._journal_object(exchange)

    def _journal_object(self, exchange: Exchange) -> None:
        """Journal what a PUT stored, when there are the means to remove it."""
        if not self.target.s3_bucket or exchange.request.method != "PUT" or not exchange.succeeded:
            return
        url = SignedUrl(exchange.request.url)
        key = url.key_in(self.target.s3_bucket, self.target.s3_endpoint)
        if key and not self.client.is_own(url.url):
            self.ledger.add(Entry("object", key))

    def _hold_against_contract(self, exchange: Exchange) -> None:
        self._mismatches += self.profile.mismatches(exchange)

    def _remove(self, entry: Entry) -> bool:
        try:
            if entry.kind == "object":
                self.bucket.remove([entry.id])
                return True
            return bool(self.api.remove(entry))
        except Exception:  # noqa: BLE001 - clean-up goes on whatever one entry does
            return False


def clean_up(profile: Profile, target: Target) -> list[str]:
    """Remove what killed workers left on a target, and return what would not go."""
    examination = Examination(profile, target, run_id=uuid4().hex[:12])
    examination.close()
    return examination.leftovers


def parallel(count: int, action: Any) -> list[Any]:
    """Run an action `count` times at once, each with its number, and return what they gave."""
    if not count:
        return []
    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(action, range(count)))
