"""The checks of the doctor that concern one upload, its storage and its lifetime."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.harness import sample_files
from conformance.harness.expiry import EXPIRY_MARGIN_S, TWIN_BOUND_S
from conformance.judge.finding import Blocked
from conformance.model.url_changes import tampered
from conformance.problem import UsageProblem
from conformance.runner import diagnosis
from conformance.runner.checkup import checkup_of
from conformance.runner.diagnosis import DiagnosisState, ok, problem, unknown

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.model.signed_url import SignedUrl
    from conformance.runner.checkup import Checkup
    from conformance.runner.diagnosis import Diagnosis

#: S3 refuses a URL that was signed by a clock that differs by more.
_S3_SKEW_S = 900.0


class UploadChecks:
    """Creates one upload, sends a file to its URL, and completes it."""

    def __init__(self, harness: Harness, checkup: Checkup) -> None:
        self._harness = harness
        self._target = harness.target
        self._checkup = checkup
        self._upload: Any = None
        self._put: Exchange | None = None

    def upload(self) -> Diagnosis:
        """Create the upload and look at its URL."""
        self._upload = self._checkup.upload()
        signed: SignedUrl = self._upload.signed
        if not signed.signed:
            return problem("the upload URL carries no signature", "pre-sign it for one PUT")
        lifetime = self._checkup.lifetime_s(self._upload)
        lives = "" if lifetime is None else f", which lives {lifetime:.0f} s"
        return ok(f"one upload was created{lives}")

    def storage(self) -> Diagnosis:
        """Send a PUT that must be refused: any answer shows that the storage is reachable."""
        host = self._upload.signed.host
        try:
            self._put = self._sent(tampered(self._upload.signed).url)
        except Blocked as blocked:
            return problem(blocked.reason, "pass the flag that it names, if you trust the host")
        if self._put.response is None:
            error = self._put.error
            return problem(f"{host} does not answer: {error}", diagnosis.storage_fix(error))
        return ok(f"{host} answers")

    def _sent(self, url: str) -> Exchange:
        kind = self._upload.content_type
        return self._harness.storage.put(url, sample_files.genuine(kind), kind)

    def storage_clock(self) -> Diagnosis:
        """Compare the storage's clock with the server's."""
        storage = diagnosis.clock_offset_s(self._put)
        server = diagnosis.clock_offset_s(self._upload.exchange)
        if storage is None or server is None:
            return unknown("the storage or the server sends no Date header", "let both send one")
        offset = storage - server
        if abs(offset) <= diagnosis.SAME_CLOCK_S:
            return ok("the clocks of storage and server agree")
        found = f"the storage is {diagnosis.offset_in_words(offset)} the server"
        fix = "set both clocks by NTP: the storage checks a URL's expiry by its own clock"
        return (problem if abs(offset) >= _S3_SKEW_S else unknown)(found, fix)

    def signatures(self) -> Diagnosis:
        """Check that the storage refuses a tampered signature."""
        if self._put is not None and not self._put.succeeded:
            return ok(f"a tampered signature is refused ({self._put.status})")
        found, fix = "a tampered signature was accepted", "use a storage that checks signatures"
        try:
            self._harness.canary.check(self._upload.signed, "tampered", self._upload.content_type)
        except Blocked as blocked:
            if blocked.capability is None:
                return problem(f"{found}: the storage checks no signature at all", fix)
            return problem(found, f"{fix}; --s3-bucket lets the kit find out which side is wrong")
        return problem(
            f"{found}, though the bucket's storage checks signatures",
            "the server behind the upload URLs must check the signature before it passes"
            " the bytes on",
        )

    def stored_bytes(self) -> Diagnosis:
        """Send a genuine file."""
        exchange = self._sent(self._upload.url)
        if exchange.succeeded:
            return ok(f"a genuine file was stored ({exchange.status})")
        return diagnosis.of_refused_put(exchange)

    def bucket(self) -> Diagnosis:
        """Read the bucket, and find the upload in it."""
        if not self._target.s3_bucket:
            return diagnosis.not_configured("s3-access")
        try:
            partly = self._harness.bucket.check()
        except UsageProblem as unreadable:
            found = problem(str(unreadable), "let these credentials list and read the bucket")
            return replace(found, stops=True)  # a run ends with the same words
        if partly is not None:
            return unknown(partly, "allow s3:ListBucket, to verify that objects are deleted")
        stored = self._harness.bucket.behind(self._upload.signed)
        if stored is None:
            return problem(
                f"{self._target.s3_bucket!r} can be read, but the upload is not in it",
                "name the bucket that the upload URLs point to: --s3-bucket, --s3-endpoint",
            )
        return ok(f"{self._target.s3_bucket!r} can be read and holds the upload")

    def whole_way(self) -> Diagnosis:
        """Complete the upload."""
        return ok(self._checkup.finished(self._upload))

    def two_callers(self) -> Diagnosis:
        """Check that the second caller cannot reach the upload of the first."""
        if not self._target.other_token:
            return diagnosis.not_configured("other-token")
        exchange = self._checkup.asked_by_other()
        if exchange is None:
            return unknown(
                "this API does not show who owns an upload",
                "make sure that the two tokens belong to two users",
            )
        if exchange.succeeded:
            return problem(
                "the other token reaches what the first one created",
                "use the token of another user; if it is one, the server mixes up its callers",
            )
        return ok(f"the other caller is refused what the first one created ({exchange.status})")

    def expiry(self) -> Diagnosis:
        """Check that a run can wait until an upload expires."""
        if self._target.short_lived_url:
            return self._twin()
        if not self._target.max_wait:
            return diagnosis.not_configured("wait")
        lifetime = self._checkup.lifetime_s(self._upload) or 0.0
        needed = lifetime + EXPIRY_MARGIN_S
        if needed > self._target.max_wait:
            return problem(
                f"uploads live {lifetime:.0f} s, longer than --max-wait {self._target.max_wait:g}",
                f"pass --max-wait {int(needed) + 1}, or --short-lived-url",
            )
        return ok(f"uploads live {lifetime:.0f} s, within --max-wait")

    def _twin(self) -> Diagnosis:
        twin = checkup_of(self._harness, self._harness.twin())
        answer = diagnosis.of_token(twin.knock("main"), "token")
        if answer.state is not DiagnosisState.OK:
            return problem(f"the twin: {answer.found}", "let it accept the same tokens")
        lifetime = twin.lifetime_s(twin.upload())
        if lifetime is None:
            return unknown(
                "the twin does not announce how long an upload lives", "let it announce it"
            )
        if lifetime > TWIN_BOUND_S:
            return problem(
                f"uploads of the twin live {lifetime:.0f} s, longer than {TWIN_BOUND_S:.0f} s",
                "start the second instance so that its uploads live only a few seconds",
            )
        return ok(f"uploads of the short-lived twin live {lifetime:.0f} s")
