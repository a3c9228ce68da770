"""The uploads of a sequence: how each is asked for, stored and read, and all that is judged.

A MUST that does not hold ends the sequence; a SHOULD is noticed, and the sequence goes on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, NoReturn

from conformance.harness import upload_url
from conformance.harness.sequences import Sequence
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable, Violation
from conformance.model.requirement import Level
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import stripped
from conformance.profiles.hayon.given import PUT
from conformance.profiles.hayon.machine.answers import Findings, Issued
from conformance.profiles.hayon.machine.bucket import stored_in
from conformance.profiles.hayon.machine.files import File, PublicSite
from conformance.profiles.hayon.machine.spelling import PLAIN, SPELLINGS
from conformance.profiles.hayon.public import (
    gives_the_bytes,
    has_expiring_query,
    is_the_file,
)
from conformance.profiles.hayon.served_type import has_its_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.harness.bucket import Bucket
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload

#: The row of the machine itself, and that of requests which mean the same.
OWN, SAME = "HY-LIFECYCLE-01", "HY-LIFECYCLE-02"
PUBLIC, PERMANENT = "HY-PUBLIC-01", "HY-PUBLIC-04"
#: What a search must have done before it shows anything.
READ_BACK = "stored files read back"
NEEDS = {READ_BACK: 5}
# A control file shows whether files go by themselves after a while; it is watched so long at most.
_LONGEST_CONTROL_S = 20.0
_MARGIN_S = 0.5
_UNAUTHORIZED = 401


class Uploads(Sequence):
    """One sequence with its uploads; a subclass is bound to a target."""

    harness: ClassVar[Harness]
    given: ClassVar[Given]
    site: ClassVar[PublicSite]
    issued: ClassVar[Issued]
    #: The bucket, where the run has its credentials.
    bucket: ClassVar[Bucket | None]

    def __init__(self) -> None:
        super().__init__()
        self.files: list[File] = []
        self.unused: list[Upload] = []
        self._judged: list[File] = []

    @property
    def api(self) -> Api:
        """The operations of the target."""
        return self.given.api

    @property
    def seen(self) -> list[File]:
        """The files whose public URL gave them, in the order of their uploads."""
        return [file for file in self.files if file.seen_at is not None]

    def asked(self, content_type: str, caller: str, spelling: str = PLAIN) -> Upload:
        """Ask for an upload, judge the answer, and return the upload."""
        exchange = SPELLINGS[spelling](self.api, content_type, caller)
        if spelling != PLAIN and not exchange.succeeded:
            exchange = self._asked_plainly(exchange, content_type, caller)
        if exchange.status == _UNAUTHORIZED:
            if not SPELLINGS[PLAIN](self.api, content_type, caller).succeeded:
                raise Blocked(limit="the server does not accept the key any more (401)")
            self.issued.accepted.add(content_type)  # the type was not what it refused
        upload, found = self.issued.judge(exchange, content_type, caller)
        self.report(found)
        if upload is None:
            raise Blocked(limit="the answer holds no upload that can be used")
        return upload

    def _asked_plainly(self, spelled: Exchange, content_type: str, caller: str) -> Exchange:
        """Send the same request as every client spells it, and judge that it gets the same."""
        plain = SPELLINGS[PLAIN](self.api, content_type, caller)
        if plain.succeeded:
            wanted = "the answer that an equal request gets"
            self.report([Violation(wanted, f"it was {spelled.summary()}", spelled, SAME)])
        return plain

    def stored(self, upload: Upload, caller: str, body: bytes | None = None) -> File:
        """PUT a new file, compare it with the bucket, and look at its public URL once.

        Raises `NotApplicable` for a large file that is more than the storage takes.
        """
        upload.body = self.given.genuine(upload.content_type) if body is None else body
        exchange = self.harness.storage.put(upload.url, upload.body, upload.content_type)
        upload_url.is_within_limits(exchange, upload)
        findings = Findings()
        with findings.under(PUT):
            expect.stored(exchange)
        if findings.found and upload.signed.empty_checksums:
            with findings.under("HY-PUT-06"):
                names = ", ".join(upload.signed.empty_checksums)
                expect.violated("no checksum of an empty body", f"the URL has {names}", exchange)
        self.report(findings.found)
        self.hold_against_bucket(lambda bucket: stored_in(bucket, upload))
        file = File(upload, caller)
        self.files.append(file)
        with self.under(PUBLIC), self.reading():
            self.site.look(file)
            self.judge_first_sight(file)
        return file

    def hold_against_bucket(self, judgement: Callable[[Bucket], list[Violation]]) -> None:
        """Judge objects in the bucket; where its credentials do not show them, go on without."""
        if self.bucket is None:
            return
        try:
            found = judgement(self.bucket)
        except Blocked:
            type(self).bucket = None
            return
        self.report(found)

    def judge_first_sight(self, file: File) -> None:
        """Judge what a public URL shows when it first gives its file; the first one twice."""
        exchange = file.shown
        if exchange is None or file in self._judged:
            return
        self._judged.append(file)
        self.log.done[READ_BACK] += 1
        findings = Findings()
        with findings.under("HY-PUBLIC-02"):
            has_its_type(exchange, file.upload)
        if has_expiring_query(file.upload):
            with findings.under("HY-UPLOAD-13"):
                plain = self.site.read(stripped(SignedUrl(file.upload.public_url)).url)
                wanted = "the file without the query of its URL"
                expect.that(plain.succeeded, wanted, f"it was {plain.summary()}", plain)
        if len(self._judged) == 1:
            with findings.under(PUBLIC):
                gives_the_bytes(self.site.again(file), file.upload)
        self.report(findings.found)

    def still_there(self, files: Iterable[File]) -> None:
        """Judge that files which were there are still served."""
        for file in files:
            with self.reading():
                age = self.site.clock() - (file.seen_at or 0.0)
                exchange = self.site.again(file)
                if not is_the_file(exchange, file.upload):
                    self._lost(file, exchange, age)

    def _lost(self, file: File, exchange: Exchange, age: float) -> NoReturn:
        """Blame the lifetime of public files if another one goes too, else the sequence."""
        row = OWN
        if age > _LONGEST_CONTROL_S or self._goes_after(age + _MARGIN_S):
            row = PERMANENT
        findings = Findings()
        with findings.under(row):
            gives_the_bytes(exchange, file.upload)
        self.report(findings.found)
        raise Blocked(limit="a public file was away for a moment")

    def _goes_after(self, seconds: float) -> bool:
        """Whether a new file that nothing is done to is gone after some seconds, too."""
        upload = self.asked("image/png", self.given.callers[0])
        upload.body = self.given.genuine(upload.content_type)
        self.harness.storage.put(upload.url, upload.body, upload.content_type)
        control = File(upload, self.given.callers[0])
        for _ in range(2):
            self.site.look(control)
            self.site.wait(seconds)
        return not is_the_file(self.site.read(upload.public_url), upload)

    def report(self, found: list[Violation]) -> None:
        """Raise the first MUST that does not hold, and notice everything else once."""
        binding = None
        for violation in found:
            row = violation.requirement or OWN
            must = self.harness.profile.catalogue[row].level is Level.MUST
            if must and binding is None:
                binding = violation
            elif row not in self.log.noticed:
                self.log.noticed.add(row)
                self.harness.proof.notice(violation)
        if binding is None:
            return
        if binding.requirement == OWN:
            raise binding
        raise Blocked(violation=binding) from binding

    @contextmanager
    def under(self, row: str) -> Iterator[None]:
        """Judge one thing under a row."""
        findings = Findings()
        with findings.under(row):
            yield
        self.report(findings.found)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read public URLs; where their host cannot be reached, the sequence goes on without."""
        try:
            yield
        except NotApplicable:
            return
        except Blocked as blocked:
            if blocked.violation is not None:
                raise
            self.log.limit = blocked
