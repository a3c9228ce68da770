"""What every answer to a request for an upload must say: all rows are judged, none hides another.

A case asks one question of an answer. The machine asks all of them, of each answer.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance.harness import upload_url
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, Violation
from conformance.model.signed_url import SignedUrl
from conformance.profiles.hayon import key as keys
from conformance.profiles.hayon.given import (
    ACCEPTANCE,
    SUCCESS_MESSAGE,
    UPLOAD,
    UPLOAD_URL,
    upload_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Upload

_HOUR_S = 3_600
_DAY_S = 86_400
_OK = 200
# Two names of one type.
_ALIASES = ("image/jpg", "image/jpeg")


@dataclass
class Findings:
    """Collects violations, each under its row, and goes on."""

    found: list[Violation] = field(default_factory=list)

    @contextmanager
    def under(self, row: str) -> Iterator[None]:
        """Judge something under a row; a violation inside is kept."""
        try:
            yield
        except Violation as violation:
            violation.requirement = violation.requirement or row
            self.found.append(violation)


@dataclass
class Issued:
    """What the server has given so far, by which the next answer is judged.

    `keys` names the caller of each key; `alone` and `traits` are of requests that were sent one
    by one: the keys of each caller, and what shows each type.
    """

    accepted: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    urls: set[str] = field(default_factory=set)
    traits: dict[str, tuple[object, str]] = field(default_factory=dict)
    alone: dict[str, list[str]] = field(default_factory=dict)

    def judge(
        self, exchange: Exchange, content_type: str, caller: str, *, together: bool = False
    ) -> tuple[Upload | None, list[Violation]]:
        """Judge the answer to a request for an upload of a supported type, and remember it.

        Args:
            exchange: The request and its answer.
            content_type: The type that was asked for.
            caller: Who asked.
            together: Whether other requests were sent at the same time.

        Returns:
            The upload, if the answer holds one that can be used; and all violations.
        """
        findings = Findings()
        upload = self._upload(findings, exchange, content_type)
        if upload is None:
            return None, findings.found
        self.accepted.add(content_type)
        _envelope(findings, exchange)
        usable = _has_upload_url(findings, upload)
        if usable:
            _lifetime(findings, upload)
        _public_url(findings, upload)
        self._type(findings, upload, together=together)
        self._is_new(findings, upload, caller, together=together)
        return (upload if usable else None), findings.found

    def _upload(self, findings: Findings, exchange: Exchange, content_type: str) -> Upload | None:
        """Return the upload of an answer; a type that is refused by the first request is blamed."""
        first = content_type not in self.accepted and exchange.refuses
        found: list[Upload] = []
        with findings.under(ACCEPTANCE[content_type] if first else UPLOAD):
            upload = upload_of(exchange, content_type)
            with findings.under(UPLOAD_URL):
                expect.url(exchange, "data", "uploadUrl")
                found.append(upload)
        return found[0] if found else None

    def _type(self, findings: Findings, upload: Upload, *, together: bool) -> None:
        """Judge the echoed type; of requests at once, by what the same request gets alone."""
        exchange, asked = upload.exchange, upload.content_type
        echoed = exchange.at("data", "contentType")
        traits = echoed, keys.extension(upload.key)
        if together:
            own = self.traits.get(asked)
            with findings.under("HY-UPLOAD-30"):
                if own is not None:
                    what = "contentType and the extension of s3Key"
                    expect.equal(traits, own, what, exchange)
            return
        self.traits.setdefault(asked, traits)
        if (asked, echoed) != _ALIASES:
            with findings.under("HY-UPLOAD-10"):
                expect.equal(echoed, asked, "`data.contentType`", exchange)

    def _is_new(self, findings: Findings, upload: Upload, caller: str, *, together: bool) -> None:
        """Judge that no other answer gave the key or the upload URL."""
        owner = self.keys.setdefault(upload.key, "")
        if owner:
            alone = "HY-UPLOAD-16" if together else "HY-UPLOAD-14"
            with findings.under(alone if owner == caller else "HY-UPLOAD-28"):
                actual = f"an answer to {owner} gave the key {upload.key} before"
                expect.violated("a key that no other answer gave", actual, upload.exchange)
        self.keys[upload.key] = caller
        if not together:
            self.alone.setdefault(caller, []).append(upload.key)
        with findings.under("HY-UPLOAD-15"):
            new = upload.url not in self.urls
            expect.that(new, "a new upload URL", "another answer gave it before", upload.exchange)
        self.urls.add(upload.url)


def _envelope(findings: Findings, exchange: Exchange) -> None:
    with findings.under("HY-UPLOAD-08"):
        success = exchange.at("success")
        actual = f"it is {expect.shown(success)}"
        expect.that(success is True, "`success` to be true", actual, exchange)
    with findings.under("HY-UPLOAD-09"):
        expect.equal(exchange.at("message"), SUCCESS_MESSAGE, "`message`", exchange)
    with findings.under("HY-UPLOAD-31"):
        expect.status(exchange, [_OK])


def _has_upload_url(findings: Findings, upload: Upload) -> bool:
    """Judge that the upload URL is signed, and leads to the key; whether it can be used."""
    before = len(findings.found)
    with findings.under(UPLOAD_URL):
        upload_url.is_signed(upload)
    with findings.under("HY-UPLOAD-11"):
        expect.that(
            keys.writes(upload.signed, upload.key),
            "uploadUrl's path to end with s3Key",
            f"the URL is {upload.signed.host}{upload.signed.path}, and the key is {upload.key}",
            upload.exchange,
        )
    return len(findings.found) == before


def _lifetime(findings: Findings, upload: Upload) -> None:
    life, exchange = upload.life_s, upload.exchange
    with findings.under("HY-UPLOAD-18"):
        ends = upload.signed.expires_at is not None
        expect.that(ends, "an upload URL that names its expiry", "it does not", exchange)
    for row, seconds in (("HY-UPLOAD-29", _DAY_S - 1), ("HY-UPLOAD-19", _HOUR_S)):
        with findings.under(row):
            wanted = f"the upload URL to be valid for at most {seconds} seconds"
            short = life is None or life <= seconds
            expect.that(short, wanted, f"it is {life or 0:.0f} seconds", exchange)
    with findings.under("HY-UPLOAD-20"), suppress(NotApplicable):
        upload_url.is_consistently_signed(upload)


def _public_url(findings: Findings, upload: Upload) -> None:
    public, path = SignedUrl(upload.public_url), unquote(urlsplit(upload.public_url).path)
    with findings.under("HY-UPLOAD-13"):
        permanent = not public.signed and public.expires_at is None
        expect.that(permanent, "s3Url without a signature", "it has one", upload.exchange)
    with findings.under("HY-UPLOAD-12"):
        expect.that(
            path.endswith("/" + upload.key.lstrip("/")),
            "s3Url's path to end with s3Key",
            f"the path is {path}, and the key is {upload.key}",
            upload.exchange,
        )
