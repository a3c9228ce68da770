"""`conformance doctor`: can this target be tested, and how much of it would be verified?

Each check depends on the checks it names; where one of them is not in order, it is not
made. What the checks create (one upload on the target, one on its twin) is in the ledger.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from conformance.harness import sample_files
from conformance.harness.expiry import EXPIRY_MARGIN_S, TWIN_BOUND_S
from conformance.harness.preflight import reachable
from conformance.judge.finding import Blocked
from conformance.model.requirement import Proof, capability_flag
from conformance.model.url_changes import tampered
from conformance.problem import UsageProblem
from conformance.runner.diagnosis import (
    Check,
    State,
    ahead,
    apart_s,
    not_given,
    ok,
    problem,
    refused_bytes,
    taken,
    unknown,
    way_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.model.requirement import Catalogue
    from conformance.model.signed_url import SignedUrl

    Step = Callable[[], Check]

#: Clocks that differ by fewer seconds count as one: a Date hides up to a second.
_SAME_CLOCK_S = 5.0
#: S3 refuses what was signed by a clock that is off by more.
_S3_SKEW_S = 900.0


class Sample(Protocol):
    """An upload of a profile, as far as the checks look at it."""

    url: str
    content_type: str
    exchange: Exchange

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""


class Checkup(Protocol):
    """A profile's half: how to ask the API for little, and for whom."""

    def knock(self, caller: str) -> Exchange:
        """Send a request that creates nothing and needs a valid key."""

    def upload(self) -> Any:
        """Create the one upload (a `Sample`)."""

    def lifetime_s(self, upload: Any) -> float | None:
        """Return for how many seconds it is announced to live."""

    def finished(self, upload: Any) -> str:
        """Walk on to the end of the upload's way and say what came of it."""

    def asked_by_other(self) -> Exchange | None:
        """Ask for what came of it as the other caller, where the API can be asked."""


@dataclass
class Doctor:
    """The checks of one target, in their order."""

    harness: Harness
    states: dict[str, State] = field(default_factory=dict)
    _skipped: set[str] = field(default_factory=set)
    _knocked: Exchange | None = None
    _upload: Any = None
    _put: Exchange | None = None

    def __post_init__(self) -> None:
        """Prepare; nothing is sent yet."""
        self.target = self.harness.target
        self.checkup = self._checkup(self.harness.api)

    def _checkup(self, api: Any) -> Checkup:
        made: Checkup = self.harness.profile.module("checkup").Checkup(self.harness, api)
        return made

    def checks(self) -> Iterator[Check]:
        """Make each check and yield it, redacted, as soon as it is made."""
        steps: tuple[tuple[str, Step, tuple[str, ...]], ...] = (
            ("server", self._server, ()),
            ("TLS", self._tls, ("server",)),
            ("token", self._token, ("TLS",)),
            ("other token", self._other_token, ("token",)),
            ("clock", self._clock, ("token",)),
            ("upload", self._one_upload, ("token",)),
            ("storage", self._storage, ("upload",)),
            ("storage clock", self._storage_clock, ("storage",)),
            ("signatures", self._signatures, ("storage",)),
            ("bytes", self._bytes, ("storage",)),
            ("bucket", self._bucket, ("bytes",)),
            ("whole way", self._whole_way, ("bytes",)),
            ("two callers", self._two_callers, ("other token", "whole way")),
            ("expiry", self._expiry, ("upload",)),
            ("claims", self._claims, ()),
        )
        for name, step, needs in steps:
            yield self._made(name, step, needs)

    def _made(self, name: str, step: Step, needs: tuple[str, ...]) -> Check:
        bad = next((need for need in needs if need in self._skipped or self._bad(need)), None)
        if bad is not None:
            self._skipped.add(name)
            check = unknown(f"not looked at before {bad!r} is in order")
        else:
            check = self._ventured(step)
        self.states[name] = check.state
        redactor = self.harness.redactor
        return Check(name, check.state, redactor.brief(check.found), redactor.text(check.mend))

    def _bad(self, name: str) -> bool:
        return self.states.get(name) is State.PROBLEM

    def _ventured(self, step: Step) -> Check:
        try:
            return step()
        except Blocked as blocked:
            if blocked.violation is None:
                return unknown(blocked.reason, "widen the bound that it names, or wait")
            row = blocked.violation.requirement
            return problem(f"{row}: {blocked.violation}", f"conformance explain {row}")

    # The server, its callers and its clock

    def _server(self) -> Check:
        for url in filter(None, (self.target.base_url, self.target.short_lived_url)):
            reason = reachable(url, self.target.limits.connect)
            if reason is not None:
                return problem(
                    f"{url} cannot be reached: {reason}",
                    "start it, or check host and port; --connect-timeout gives it more time",
                )
        return ok(f"{self.target.base_url} takes connections")

    def _tls(self) -> Check:
        parts = urlsplit(self.target.base_url)
        if parts.scheme == "http":
            local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
            mend = "" if local else "use https wherever the token is worth something"
            return ok("none: plain HTTP", mend)
        address = parts.hostname or "", parts.port or 443
        limit = self.target.limits.connect
        context = ssl.create_default_context()
        try:
            with (
                socket.create_connection(address, limit) as raw,
                context.wrap_socket(raw, server_hostname=address[0]) as secured,
            ):
                return ok(f"{secured.version()}, the certificate is trusted")
        except ssl.SSLCertVerificationError as error:
            return problem(
                f"the certificate is not trusted here: {error.verify_message}",
                "name your own authority's certificate in SSL_CERT_FILE",
            )
        except OSError as error:
            return problem(f"no TLS there: {error}", "is it https on this port?")

    def _token(self) -> Check:
        self._knocked = self.checkup.knock("main")
        return taken(self._knocked, "token")

    def _other_token(self) -> Check:
        if not self.target.other_token:
            return not_given("other-token")
        return taken(self.checkup.knock("other"), "other_token")

    def _clock(self) -> Check:
        apart = apart_s(self._knocked)
        if apart is None:
            return unknown("the server sends no Date", "let it send one (RFC 9110, 6.6.1)")
        if abs(apart) <= _SAME_CLOCK_S:
            return ok("the server's clock is that of this machine")
        return unknown(
            f"the server is {ahead(apart)} this machine",
            "set both by NTP; what is announced is judged by the server's own Date",
        )

    # The upload and its storage

    def _one_upload(self) -> Check:
        self._upload = self.checkup.upload()
        signed: SignedUrl = self._upload.signed
        if not signed.signed:
            return problem("the upload URL carries no signature", "pre-sign it for one PUT")
        lifetime = self.checkup.lifetime_s(self._upload)
        lives = "" if lifetime is None else f", which lives {lifetime:.0f} s"
        return ok(f"one upload was created{lives}")

    def _storage(self) -> Check:
        """Send a PUT that must be refused: any answer shows that the storage is there."""
        host = self._upload.signed.host
        try:
            self._put = self._sent(tampered(self._upload.signed).url)
        except Blocked as blocked:
            return problem(blocked.reason, "the flag that it names, if the host is meant")
        if self._put.response is None:
            return problem(f"{host} does not answer: {self._put.error}", way_to(self._put.error))
        return ok(f"{host} answers")

    def _sent(self, url: str) -> Exchange:
        kind = self._upload.content_type
        return self.harness.storage.put(url, sample_files.genuine(kind), kind)

    def _storage_clock(self) -> Check:
        storage, server = apart_s(self._put), apart_s(self._upload.exchange)
        if storage is None or server is None:
            return unknown("storage or server sends no Date", "let both send one")
        apart = storage - server
        if abs(apart) <= _SAME_CLOCK_S:
            return ok("storage and server share one clock")
        found = f"the storage is {ahead(apart)} the server"
        mend = "set both by NTP: the storage honours a URL by its own clock"
        return (problem if abs(apart) >= _S3_SKEW_S else unknown)(found, mend)

    def _signatures(self) -> Check:
        if self._put is not None and not self._put.succeeded:
            return ok(f"a tampered signature is refused ({self._put.status})")
        found, mend = "a tampered signature was accepted", "use a storage that enforces them"
        try:
            self.harness.canary.check(self._upload.signed, "tampered")
        except Blocked as blocked:
            if blocked.capability is None:
                return problem(f"{found}: the storage enforces none at all", mend)
            return problem(found, f"{mend}; with --s3-bucket the kit can tell whose fault it is")
        return problem(
            f"{found}, though the bucket's storage enforces them",
            "let what takes the upload URLs check the signature before it passes the bytes on",
        )

    def _bytes(self) -> Check:
        exchange = self._sent(self._upload.url)
        if exchange.succeeded:
            return ok(f"a genuine file was stored ({exchange.status})")
        return refused_bytes(exchange)

    def _bucket(self) -> Check:
        if not self.target.s3_bucket:
            return not_given("s3-access")
        try:
            self.harness.bucket.check()
        except UsageProblem as unreadable:
            return problem(str(unreadable), "let these credentials list and read the bucket")
        stored = self.harness.bucket.behind(self._upload.signed)
        if stored is None:
            return problem(
                f"{self.target.s3_bucket!r} can be read, but the upload is not in it",
                "name the bucket that the upload URLs point to: --s3-bucket, --s3-endpoint",
            )
        return ok(f"{self.target.s3_bucket!r} can be read and holds the upload")

    def _whole_way(self) -> Check:
        return ok(self.checkup.finished(self._upload))

    def _two_callers(self) -> Check:
        if not self.target.other_token:
            return not_given("other-token")
        exchange = self.checkup.asked_by_other()
        if exchange is None:
            return unknown(
                "this API does not show whose an upload is",
                "make sure that the two tokens belong to two users",
            )
        if exchange.succeeded:
            return problem(
                "the other token reaches what the first one made",
                "take the token of another user; if it is one, the server mixes its callers up",
            )
        return ok(f"what one made is refused to the other ({exchange.status})")

    # What could be verified

    def _expiry(self) -> Check:
        if self.target.short_lived_url:
            return self._twin()
        if not self.target.max_wait:
            return not_given("wait")
        lifetime = self.checkup.lifetime_s(self._upload) or 0.0
        needed = lifetime + EXPIRY_MARGIN_S
        if needed > self.target.max_wait:
            return problem(
                f"uploads live {lifetime:.0f} s, longer than --max-wait {self.target.max_wait:g}",
                f"pass --max-wait {int(needed) + 1}, or --short-lived-url",
            )
        return ok(f"uploads live {lifetime:.0f} s, within --max-wait")

    def _twin(self) -> Check:
        twin = self._checkup(self.harness.twin())
        answer = taken(twin.knock("main"), "token")
        if answer.state is not State.OK:
            return problem(f"the twin: {answer.found}", "let it know the same tokens")
        lifetime = twin.lifetime_s(twin.upload())
        if lifetime is None:
            return unknown("the twin does not tell how long an upload lives", "let it tell")
        if lifetime > TWIN_BOUND_S:
            return problem(
                f"uploads of the twin live {lifetime:.0f} s, no shorter than {TWIN_BOUND_S:.0f} s",
                "start the second instance so that its uploads live some seconds",
            )
        return ok(f"uploads of the short-lived twin live {lifetime:.0f} s")

    def _claims(self) -> Check:
        needed = {need for row in self.harness.profile.catalogue for need in row.needs}
        if unknown := self.target.claimed - needed:
            known = ", ".join(self.harness.profile.module("api").OPTIONAL_PARTS) or "none"
            return problem(
                f"no requirement needs {', '.join(sorted(unknown))}",
                f"--capability takes the parts of this profile: {known}",
            )
        present = ", ".join(sorted(self.target.capabilities)) or "none"
        absent = ", ".join(sorted(needed - self.target.capabilities)) or "none"
        return ok(f"capabilities present: {present}; absent: {absent}")

    @property
    def testable(self) -> bool:
        """Whether a run could verify anything at all."""
        return not any(map(self._bad, ("server", "TLS", "token", "upload", "storage", "bytes")))

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that are present and in order."""
        checks = {
            "other-token": ("other token", "two callers"),
            "s3-access": ("bucket",),
            "wait": ("expiry",),
        }
        spoilt = {name for name, parts in checks.items() if any(map(self._bad, parts))}
        return self.target.capabilities - spoilt


@dataclass(frozen=True)
class Coverage:
    """How many requirements can be verified; `further` counts what each flag would add."""

    provable: int
    verified: int
    further: dict[str, int]

    @classmethod
    def of(cls, catalogue: Catalogue, capabilities: Collection[str]) -> Coverage:
        """Count the rows that a case can prove, by the capabilities that they need."""
        rows = [row for row in catalogue if row.proof is Proof.CASE]
        missing = [tuple(need for need in row.needs if need not in capabilities) for row in rows]
        flags = [capability_flag(need) for needs in missing for need in needs]
        return cls(
            len(rows),
            sum(not needs for needs in missing),
            {flag: flags.count(flag) for flag in dict.fromkeys(flags)},
        )
