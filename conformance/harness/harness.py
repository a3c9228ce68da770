"""Everything that the cases of one process share: client, storage, ledger and proof."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from filelock import ReadWriteLock, Timeout

from conformance.harness.beforehand import Beforehand
from conformance.harness.belongings import Belongings
from conformance.harness.bucket_access import bucket_of, certain_key
from conformance.harness.canary import StorageCanary
from conformance.harness.cleaner import Cleaner
from conformance.harness.client import Client
from conformance.harness.completions import Completions
from conformance.harness.disturbance import DISTURBED, is_disturbed
from conformance.harness.expiry import patience
from conformance.harness.journal import OBJECT, Entry, Header
from conformance.harness.journalled_bytes import JournalledBytes
from conformance.harness.ledger import Ledger, journals_in, ledger_folder
from conformance.harness.oracle_watch import OracleWatch
from conformance.harness.proof import ProofWriter
from conformance.harness.provenance import Provenance
from conformance.harness.storage import Storage
from conformance.harness.storage_gate import StorageGate
from conformance.harness.stream import StreamWriter, hiding_few
from conformance.harness.transcript import Transcript
from conformance.judge import expect
from conformance.judge.contract import contracts_of, mismatches
from conformance.judge.finding import Blocked
from conformance.model.redaction import Redactor, cookie_values, remember
from conformance.model.signed_url import SignedUrl
from conformance.oracles.internals import INTERNALS, NO_INTERNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.harness.bucket import Bucket
    from conformance.judge.finding import Violation
    from conformance.model.evidence import Evidence
    from conformance.model.exchange import Exchange, Request
    from conformance.model.profile import Profile
    from conformance.model.requirement import Level
    from conformance.target import Target

_LOCK_BOUND_S = 300.0
# A server that sets another cookie with each answer identifies nobody by it.
_COOKIES = 20
#: Requests for the waiting cases carry this word where those of a case carry its requirement.
BEFORE_THE_CASES = "expiry"


@dataclass
class Harness:
    """The client, ledger and storage of one process; it checks every answer by its schema."""

    profile: Profile
    target: Target
    run_id: str
    worker: str = "main"
    seed: int = 0
    effort: str = "standard"
    leftovers: list[str] = field(default_factory=list)
    #: What no operation can delete, counted by kind; known when the harness is closed.
    left_behind: Counter[str] = field(default_factory=Counter)
    #: Whether what earlier runs left on the target is removed first.
    removes_earlier: bool = True
    #: Fetches the token of a setting again when it has expired.
    renew: Callable[[str], str | None] = field(default=lambda _: None)
    #: The tokens that were fetched again.
    renewed: list[str] = field(default_factory=list, repr=False)
    #: The values of cookies that the target set, which may authenticate like a token.
    cookies: set[str] = field(default_factory=set, repr=False)
    late_findings: list[Evidence] = field(default_factory=list)
    #: What is made before the first case.
    beforehand: Beforehand = field(default_factory=Beforehand, repr=False)
    #: Called when all cases ended that write beside each other, before the first only reads.
    before_readers: list[Callable[[], None]] = field(default_factory=list, repr=False)
    #: Called when the readers have ended: each lets cases share less, and returns what removes it.
    before_alone: list[Callable[[], Callable[[], None]]] = field(default_factory=list, repr=False)
    #: The upload URLs whose object the kit itself replaced or removed.
    replaced_objects: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        """Open the client and the journal, and remove what killed runs left on this target."""
        self.redactor = Redactor(self.target.secrets)
        self._keys = Redactor(self.target.keys)
        self.transcript = Transcript(self.run_id)
        self.provenance = Provenance(self.target, self.redactor)
        self.transcript.listeners += [self._remember, self._hold_against_contract]
        self.folder = ledger_folder(self.profile.name, self.target.base_url)
        # A worker sees only a part of what is sent.
        name, keys = f"{self.run_id}-{self.worker}", self._keys
        part = self.worker != "main"
        hiding = hiding_few(self.target, self.redactor)
        stream = StreamWriter(self.folder, name, hiding, keys) if part else None
        self.watch = OracleWatch(self.profile, self.target, stream)
        self.client = Client(self.target, self.transcript)
        self.client.tokens.renew = self._renewed
        self.bounds = self.client.bounds
        self.completions = Completions(self.transcript, self.target.limits.whole)
        self.storage = Storage(self.client)
        self.proof = ProofWriter(self.transcript, self.provenance, self.redactor)
        self.cleaner = Cleaner(self)
        self.belongings = Belongings(time.time(), self.cleaner.lists, self._bucket_if_given)
        self.ledger = Ledger(self.folder, name, self._header(), keys)
        self.bounds.owed_s = lambda: self.ledger.removal_s(self.bounds.answer_s)
        stored = JournalledBytes(self.ledger, self.target, self.client.is_own, self.journal_object)
        self.transcript.watchers[:0] = [stored.began, self._watched]
        self.belongings.note = self.ledger.add
        self.belongings.created_at = self.cleaner.created_at
        self.canary = StorageCanary(self.client, self.storage, self.ledger, lambda: self.bucket)
        self.api = self.profile.api(self)
        if self.removes_earlier and not self.target.read_only:
            self.cleaner.sweep_folder()
        self.bounds.begin_cases()
        self.timing = self.client.timing
        self.timing.began = time.time()

    def _header(self) -> Header:
        target = self.target
        twin = target.short_lived_url or ""
        return Header(
            self.profile.name, target.base_url, twin, self.run_id, round(self.belongings.began, 3)
        )

    def _bucket_if_given(self) -> Bucket | None:
        return self.bucket if self.target.s3_bucket else None

    @cached_property
    def bucket(self) -> Bucket:
        """The bucket, for cases that need `s3-access`."""
        return bucket_of(self.target)

    @cached_property
    def gate(self) -> StorageGate:
        """The storage gate, for cases that need `storage-gate`."""
        return StorageGate(self.target, self.bucket)

    def twin(self) -> Any:
        """Return the `Api` of the short-lived twin."""
        return self.profile.api(self, base_url=self.target.short_lived_url, instance="twin")

    def hold_to(self, exchange: Exchange, level: Level) -> None:
        """Judge an answer by the schema of its operation at one level; raises `Violation`."""
        for contract in contracts_of(self.profile.name):
            violation = contract.mismatch(exchange, level)
            if violation is not None:
                raise violation

    def replace_object(self, url: str, body: bytes, content_type: str) -> None:
        """Overwrite the object of an upload URL of this run, with the credentials of the bucket."""
        stored = self.bucket.behind(SignedUrl(url))
        key = stored.key if stored else SignedUrl(url).key(self.bucket.name)
        self.journal_object(key)
        self._replaces(url)
        self.bucket.put(key, body, content_type)

    def journal_objects(self, *urls: str) -> None:
        """Journal the objects of URLs that belong to things of this run, so that none stays.

        Only those that a URL certainly names: another object is not ours to remove.
        """
        for url in urls:
            key = certain_key(SignedUrl(url), self.target)
            if key:
                self.journal_object(key)

    def journal_object(self, key: str) -> None:
        """Journal an object of the bucket, before it is stored where the kit stores it."""
        known = self.ledger.entry_of(OBJECT, key)
        if known is None or not known.proof:
            proof = self.belongings.proof_of_object(key)
            self.ledger.add(Entry(OBJECT, key, proof=proof))

    def remove_object(self, url: str) -> None:
        """Remove the object of an upload URL of this run, with the credentials of the bucket."""
        stored = self.bucket.behind(SignedUrl(url))
        if stored is None:
            raise Blocked(limit="upload_url names no object that the bucket has")
        self._replaces(url)
        self.bucket.remove([stored.key])

    def _replaces(self, url: str) -> None:
        """Note that the kit itself is about to change the object of an upload URL."""
        self.transcript.course.out_of_band = True
        self.replaced_objects.add(url)
        self.watch.disturbed(url)

    def holds_a_key(self, exchange: Exchange) -> bool:
        """Whether an answer holds a caller's token or the secret key of the storage."""
        body = exchange.response.body if exchange.response else b""
        return self._keys.knows(body.decode("utf-8", "replace"))

    def reveals_no_internals(self, exchange: Exchange) -> None:
        """Judge that an error shows nothing of the inside of the server, and no secret.

        Args:
            exchange: The answer; a success is `Blocked`, since other cases judge it.
        """
        if exchange.succeeded:
            raise Blocked(limit="the answer was not an error: the cases of refusals judge that")
        text = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
        inner = INTERNALS.search(text.replace("\\n", "\n"))
        found = inner[0].strip() if inner else ""
        expect.that(not inner, NO_INTERNALS, f"it holds {found!r}", exchange)
        leaks = self.redactor.finds(text)
        expect.that(not leaks, "no secret in the error", "it holds a secret", exchange)

    @property
    def made(self) -> Counter[str]:
        """What this process made so far: uploads, posts, media, and the bytes that it stored."""
        words = {"uploads": "upload", "posts": "post", "media": "media"}
        counts = {word: self.ledger.tally[kind] for word, kind in words.items()}
        return Counter({**counts, "bytes": self.bounds.stored_bytes})

    def close(self, *, cleans: bool = True) -> None:
        """Remove everything that this process created, and close its connections.

        With `cleans` false, another process removes it: the journal stays.
        """
        self.timing.ended = time.time()
        try:
            self._end(cleans=cleans)
        finally:
            self.release()
            self._measure()

    def _end(self, *, cleans: bool) -> None:
        self.late_findings += self.proof.drain("")
        self.transcript.begin("clean-up")
        self.transcript.listeners.clear()
        self.ledger.close()
        self.bounds.clean_up()
        if self.target.read_only:
            self.ledger.discard()
        elif cleans:
            with self.library_lock(exclusive=False):
                self._clean_up()
        self.late_findings += map(self._late, self.watch.finish())

    def _measure(self) -> None:
        """Note how long all took, also where the clean-up failed."""
        self.timing.cleaned = time.time()
        self.timing.cpu_s = time.process_time()
        self.timing.judging_s = self.transcript.judging_s
        self.timing.cases_at_once = self.client.pace.reached

    def _clean_up(self) -> None:
        self.cleaner.left.clear()
        remaining = self.cleaner.sweep_patiently(lambda: journals_in(self.folder))
        self.leftovers += [f"{entry.kind} {entry.id}" for entry in remaining]
        self.leftovers += self.cleaner.named
        self.left_behind += sum(self.cleaner.left.values(), Counter())

    def release(self) -> None:
        """Close every connection, and the journal; remove nothing."""
        self.ledger.close()
        self.cleaner.close()
        self.client.close()
        if "bucket" in vars(self):
            self.bucket.close()

    @contextmanager
    def library_lock(self, *, exclusive: bool) -> Iterator[None]:
        """Hold the lock of the caller's library: shared with the other workers, or exclusive."""
        if self.worker == "main":
            yield
            return
        # A case that waits for an expiry keeps its lock while it waits.
        bound = _LOCK_BOUND_S + patience(self.target)
        lock = ReadWriteLock(self.folder / f"{self.run_id}.library", timeout=bound)
        with ExitStack() as held:
            try:
                held.enter_context(lock.write_lock() if exclusive else lock.read_lock())
            except Timeout:
                raise Blocked(
                    limit=f"other workers kept the library locked for {bound:.0f} s:"
                    " use fewer --workers"
                ) from None
            yield

    def make_beforehand(self) -> None:
        """Make what cases need before the first of them, unless that was done."""
        if self.beforehand:
            self.transcript.begin(BEFORE_THE_CASES)
            with self.library_lock(exclusive=False):
                self.beforehand.run()

    def _renewed(self, name: str) -> str | None:
        """Fetch a token again, and never show it."""
        token = self.renew(name)
        if token:
            self.renewed.append(token)
            self.redactor.learn(token)
            remember([token])
            self._keys.learn(token)
        return token

    def _watched(self, request: Request) -> Callable[[Exchange], None]:
        """Let the oracles see a request; what they find belongs to the case that runs then."""
        ended = self.watch.began(request, self.transcript.case)

        def end(exchange: Exchange) -> None:
            if is_disturbed():
                exchange = replace(exchange, response=None, error=DISTURBED)
            for violation in ended(exchange):
                if self.transcript.case:
                    self.proof.notice(violation)
                else:
                    self.late_findings.append(self._late((violation, "")))

        return end

    def _late(self, found: tuple[Violation, str]) -> Evidence:
        """Return as evidence what no running case can report any more."""
        violation, case = found
        proof = self.proof.evidence(violation, "", case)
        proof.aside = True
        return proof

    def _learn_cookies(self, exchange: Exchange) -> None:
        """Keep the values of cookies out of what is shown, also where a body repeats them."""
        if exchange.response is None or len(self.cookies) >= _COOKIES:
            return
        for value in cookie_values(exchange.response.headers) - self.cookies:
            self.cookies.add(value)
            self.redactor.learn(value)

    def _remember(self, exchange: Exchange) -> None:
        self._learn_cookies(exchange)
        self.provenance.note(exchange, early=self.transcript.requirement == BEFORE_THE_CASES)

    def _hold_against_contract(self, exchange: Exchange) -> None:
        if is_disturbed() and not exchange.succeeded:
            return
        contracts = contracts_of(self.profile.name)
        twin = self.target.short_lived_url
        short_lived = bool(twin) and exchange.request.url.startswith(twin or "")
        for violation in mismatches(
            self.profile.catalogue, contracts, exchange, short_lived=short_lived
        ):
            self.proof.notice(violation)


def clean_up(profile: Profile, target: Target) -> tuple[list[str], Counter[str]]:
    """Remove what killed workers left on a target.

    Returns what could not be removed, and what no operation can delete, counted by kind.
    """
    harness = Harness(profile, target, run_id=uuid4().hex[:12], removes_earlier=False)
    harness.close()
    return harness.leftovers, harness.left_behind
