"""A pre-signed URL as an object: its algorithm, date, expiry, signed headers and key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import (
    SplitResult,
    parse_qsl,
    quote,
    unquote,
    urlencode,
    urlsplit,
    urlunsplit,
)

_SIGV4 = frozenset({"AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"})


_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z\Z")


# No signature lives longer, whatever the number says.
_MAXIMUM_LIFETIME_S = 10**9


# S3's seven days.
_LONGEST_LIFETIME_S = 604_800


_SIGNATURES = ("X-Amz-Signature", "Signature")


# CRC32 and CRC32C, CRC64NVME, SHA-1 and SHA-256 of nothing, which an SDK may put into a URL
# that it signs without knowing the body.
_EMPTY_CHECKSUMS = frozenset(
    {
        "AAAAAA==",
        "AAAAAAAAAAA=",
        "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    }
)


@dataclass(frozen=True)
class SignedUrl:
    """A pre-signed S3 URL, decoded (S3 SigV4, "Authenticating requests: query parameters")."""

    url: str

    @property
    def _parts(self) -> SplitResult:
        """The parts of the URL; all empty when it cannot be read as one."""
        try:
            return urlsplit(self.url)
        except ValueError:
            return SplitResult("", "", "", "", "")

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters, decoded."""
        return dict(parse_qsl(self._parts.query, keep_blank_values=True))

    def parameter(self, name: str) -> str | None:
        """Return a query parameter whatever the case of its name."""
        found = (value for key, value in self.parameters.items() if key.lower() == name.lower())
        return next(found, None)

    @property
    def signed(self) -> bool:
        """Whether the URL carries a signature at all."""
        return any(self.parameter(name) for name in _SIGNATURES)

    @property
    def is_sigv4(self) -> bool:
        """Whether the signature is of version 4, whose parameters can be decoded."""
        return (self.parameter("X-Amz-Algorithm") or "") in _SIGV4

    @property
    def signed_at(self) -> datetime | None:
        """When a SigV4 URL was signed, or None when the date cannot be read."""
        date = self.parameter("X-Amz-Date") or ""
        try:
            return (
                datetime.strptime(f"{date}+0000", "%Y%m%dT%H%M%SZ%z") if _DATE.match(date) else None
            )
        except ValueError:
            return None

    @property
    def lifetime_s(self) -> int | None:
        """For how many seconds a SigV4 URL is valid, or None when it does not say."""
        return _seconds(self.parameter("X-Amz-Expires"))

    @property
    def expires_at(self) -> datetime | None:
        """When the URL expires by its own word (SigV4, or the older query signature)."""
        if self.signed_at is not None and self.lifetime_s is not None:
            return self.signed_at + timedelta(seconds=min(self.lifetime_s, _MAXIMUM_LIFETIME_S))
        older = _seconds(self.parameter("Expires"))
        return None if older is None else datetime.fromtimestamp(older, UTC)

    @property
    def signed_headers(self) -> frozenset[str]:
        """The names of the headers that the signature covers."""
        return frozenset(
            filter(None, (self.parameter("X-Amz-SignedHeaders") or "").lower().split(";"))
        )

    @property
    def host(self) -> str:
        """The host with its port, in lower case."""
        return self._parts.netloc.lower()

    @property
    def path(self) -> str:
        """The decoded path, which ends with the object's key."""
        return unquote(self._parts.path)

    @property
    def empty_checksums(self) -> tuple[str, ...]:
        """Parameters that tie the URL to the checksum of an empty body."""
        return tuple(
            name
            for name, value in self.parameters.items()
            if name.lower().startswith("x-amz-checksum-") and value in _EMPTY_CHECKSUMS
        )

    def key(self, bucket: str | None) -> str:
        """Return the object's key: the path without the bucket of a path-style URL."""
        path = self.path.removeprefix("/")
        if bucket is None or self.host.startswith(f"{bucket}."):
            return path
        return path.removeprefix(f"{bucket}/")

    def key_in(self, bucket: str, endpoint: str | None) -> str | None:
        """Return the object's key if the URL certainly leads into a bucket, or None.

        `endpoint` is that of the bucket's storage; without one it is AWS.
        """
        home = urlsplit(endpoint).netloc.lower() if endpoint else "amazonaws.com"
        at_home = self.host == home or self.host.endswith(f".{home}")
        inside = self.host.startswith(f"{bucket}.") or self.path.startswith(f"/{bucket}/")
        return self.key(bucket) if at_home and inside else None

    def sigv4_defects(self) -> list[str]:
        """Name what is inconsistent in the parameters of a SigV4 URL; empty when all is well."""
        scope = (self.parameter("X-Amz-Credential") or "").split("/")
        checks = {
            f"X-Amz-Algorithm is {self.parameter('X-Amz-Algorithm')!r}": self.is_sigv4,
            "X-Amz-Date is no date like 20260131T120000Z": self.signed_at is not None,
            "X-Amz-Expires is no whole number of 1 to 604800 seconds": (
                self.lifetime_s is not None and 1 <= self.lifetime_s <= _LONGEST_LIFETIME_S
            ),
            "X-Amz-SignedHeaders does not sign the host": "host" in self.signed_headers,
            "X-Amz-Credential has no scope key/date/region/s3/aws4_request": (
                len(scope) >= 5  # noqa: PLR2004 - the parts of the scope
                and scope[-1] == "aws4_request"
                and scope[-2].startswith("s3")
            ),
            "the date of the credential's scope is not that of X-Amz-Date": (
                len(scope) < 5 or scope[-4] == (self.parameter("X-Amz-Date") or "")[:8]  # noqa: PLR2004
            ),
        }
        return [defect for defect, holds in checks.items() if not holds]

    def tampered(self) -> SignedUrl:
        """Return the URL with its signature changed in one place."""
        return self._with({name: _flipped(self.parameter(name) or "") for name in _SIGNATURES})

    def stripped(self) -> SignedUrl:
        """Return the URL without any query, as somebody would who has no signature."""
        return SignedUrl(urlunsplit(self._parts._replace(query="")))

    def longer_life(self) -> SignedUrl:
        """Return the URL with its signature, but good for longer by its own word.

        Where it names no lifetime, or one that is the longest, it is returned as it is.
        """
        if self.lifetime_s is None or self.lifetime_s >= _LONGEST_LIFETIME_S:
            return self
        seconds = min(self.lifetime_s + 3_600, _LONGEST_LIFETIME_S)
        return self._with({"X-Amz-Expires": str(seconds)})

    def for_other_key(self) -> SignedUrl:
        """Return the URL with its signature, but for an object beside the one it was made for."""
        return SignedUrl(urlunsplit(self._parts._replace(path=self._parts.path + "-other")))

    def _with(self, changes: dict[str, str]) -> SignedUrl:
        lowered = {name.lower(): value for name, value in changes.items()}
        parts = self._parts
        pairs = [
            (name, lowered.get(name.lower(), value))
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ]
        return SignedUrl(urlunsplit(parts._replace(query=urlencode(pairs, quote_via=quote))))


def _seconds(text: str | None) -> int | None:
    """Read a whole number of seconds; one that no clock reaches is none."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004
        return None
    number = int(text)
    return number if number < 32 * _MAXIMUM_LIFETIME_S else None


def _flipped(signature: str) -> str:
    return ("0" if signature[:1] != "0" else "1") + signature[1:]
