"""A pre-signed URL as an object: its algorithm, date, expiry, signed headers and key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

# SigV4A signs for a set of regions, so its scope names no region.
_SIGV4A = "AWS4-ECDSA-P256-SHA256"
_SIGV4 = frozenset({"AWS4-HMAC-SHA256", _SIGV4A})
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z\Z")
# A larger lifetime is read as this one, so that the date can be computed.
_MAXIMUM_LIFETIME_S = 10**9
#: S3's seven days.
LONGEST_LIFETIME_S = 604_800
#: The parameters that hold a signature, of version 4, of version 2 and of Google's version 4.
SIGNATURES = ("X-Amz-Signature", "Signature", "X-Goog-Signature")
#: How the parameters of a signature of version 4 begin, of S3 and of Google.
VENDORS = ("X-Amz-", "X-Goog-")
# Parameters that say when a URL was signed or when it expires, of version 4 and of version 2.
_LIFE = (*(f"{vendor}{name}" for vendor in VENDORS for name in ("Date", "Expires")), "Expires")
_SCOPE = "key/date/region/s3/aws4_request"
_SCOPE_OF_SIGV4A = "key/date/s3/aws4_request"
# A later date of a signature is read as this one, so that its expiry can be computed.
_LAST_DATE = datetime(2999, 12, 31, tzinfo=UTC)
# The longest URL that the HTTP client takes, and the longest label of a host (RFC 1035).
_LONGEST_URL = 65_536
_LONGEST_LABEL = 63
# What JavaScript writes into a text for a setting that has no value.
_UNSET = frozenset({"undefined", "null"})
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


def url_defect(text: str, *, lenient: bool = False) -> str:
    """Return why a text of an answer is not a URL that can be requested, or an empty text.

    A URL is ASCII without spaces (RFC 3986 section 2); its host and its port must be possible.

    Args:
        text: The text.
        lenient: Also allow spaces and other letters behind the host. Browsers encode them;
            curl and the libraries of Python and Java refuse them.
    """
    strange = _strange_characters(text, lenient=lenient)
    if strange:
        return strange
    if len(text) > _LONGEST_URL:
        return f"it has {len(text):,} characters"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return f"it cannot be read as a URL ({error})"
    if parts.scheme not in {"http", "https"}:
        return "it is not an absolute http or https URL"
    labels = host.removesuffix(".").split(".")
    named = ":" in host or all(1 <= len(label) <= _LONGEST_LABEL for label in labels)
    if _UNSET.intersection(labels):
        return "its host has the word of a setting that was never made"
    possible = named and host.isascii() and " " not in parts.netloc and port != 0
    return "" if possible else "its host or its port is not a possible one"


def holds_a_picture(text: str) -> bool:
    """Whether a text is a URL that holds a picture itself, and leads nowhere (RFC 2397)."""
    return text.lower().startswith("data:image/") and "," in text and text.isascii()


def _strange_characters(text: str, *, lenient: bool) -> str:
    if not text.isprintable() or text != text.strip():
        return "it holds characters that no URL may hold (RFC 3986)"
    if not lenient and (not text.isascii() or " " in text):
        return "it holds a space or a letter that must be percent-encoded (RFC 3986)"
    return ""


@dataclass(frozen=True)
class SignedUrl:
    """A pre-signed S3 URL, decoded (S3 SigV4, "Authenticating requests: query parameters")."""

    url: str

    @property
    def parts(self) -> SplitResult:
        """The parts of the URL; all empty when it cannot be read as one."""
        try:
            return urlsplit(self.url)
        except ValueError:
            return SplitResult("", "", "", "", "")

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters, decoded."""
        return dict(parse_qsl(self.parts.query, keep_blank_values=True))

    def parameter(self, name: str) -> str | None:
        """Return a query parameter; upper and lower case of its name are the same."""
        found = (value for key, value in self.parameters.items() if key.lower() == name.lower())
        return next(found, None)

    def of_vendor(self, name: str) -> str | None:
        """Return a parameter of a signature of version 4, by its name behind `X-Amz-`."""
        values = (self.parameter(f"{vendor}{name}") for vendor in VENDORS)
        return next((value for value in values if value is not None), None)

    @property
    def signed(self) -> bool:
        """Whether the URL carries a signature."""
        return any(self.parameter(name) for name in SIGNATURES)

    @property
    def is_sigv2(self) -> bool:
        """Whether it carries a signature of version 2, of S3 or of a store that copies it."""
        names = ("AWSAccessKeyId", "GoogleAccessId")
        return bool(self.parameter("Signature")) and any(map(self.parameter, names))

    @property
    def is_sigv4(self) -> bool:
        """Whether the signature is of version 4, whose parameters can be decoded."""
        return (self.parameter("X-Amz-Algorithm") or "") in _SIGV4

    @property
    def signed_at(self) -> datetime | None:
        """When a URL of version 4 was signed, or None when the date cannot be read."""
        date = self.of_vendor("Date") or ""
        try:
            found = (
                datetime.strptime(f"{date}+0000", "%Y%m%dT%H%M%SZ%z") if _DATE.match(date) else None
            )
        except ValueError:
            return None
        return found and min(found, _LAST_DATE)

    @property
    def lifetime_s(self) -> int | None:
        """For how many seconds a URL of version 4 is valid, or None when it does not say."""
        return _seconds(self.of_vendor("Expires"))

    @property
    def expires_at(self) -> datetime | None:
        """When the URL expires by its own parameters (version 4, or the older signature)."""
        if self.signed_at is not None and self.lifetime_s is not None:
            return self.signed_at + timedelta(seconds=min(self.lifetime_s, _MAXIMUM_LIFETIME_S))
        older = _seconds(self.parameter("Expires"))
        return None if older is None else datetime.fromtimestamp(older, UTC)

    @property
    def must_name_its_expiry(self) -> bool:
        """Whether the URL has a part of an expiry, or a signature that needs one.

        Every SigV4 URL has X-Amz-Date and X-Amz-Expires. Other schemes may hide the expiry.
        """
        version_4 = self.is_sigv4 or bool(self.parameter("X-Amz-Signature"))
        return version_4 or any(self.parameter(name) is not None for name in _LIFE)

    @property
    def signed_headers(self) -> frozenset[str]:
        """The names of the headers that the signature covers."""
        return frozenset(filter(None, (self.of_vendor("SignedHeaders") or "").lower().split(";")))

    @property
    def host(self) -> str:
        """The host with its port, in lower case."""
        return self.parts.netloc.lower()

    @property
    def path(self) -> str:
        """The decoded path, which ends with the object's key."""
        return unquote(self.parts.path)

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


def sigv4_defects(url: SignedUrl) -> list[str]:
    """Name each inconsistency in the parameters of a SigV4 URL; empty when all is well."""
    algorithm = url.parameter("X-Amz-Algorithm")
    checks = {
        f"X-Amz-Algorithm is {'missing' if algorithm is None else repr(algorithm)}": url.is_sigv4,
        "X-Amz-Date is not a date like 20260131T120000Z": url.signed_at is not None,
        "X-Amz-Date is in a far future": url.signed_at is None or url.signed_at < _LAST_DATE,
        "X-Amz-Expires is not a whole number of 1 to 604800 seconds": (
            url.lifetime_s is not None and 1 <= url.lifetime_s <= LONGEST_LIFETIME_S
        ),
        "X-Amz-SignedHeaders does not sign the host": "host" in url.signed_headers,
        "X-Amz-Region-Set is missing": algorithm != _SIGV4A
        or bool(url.parameter("X-Amz-Region-Set")),
    }
    return [*(defect for defect, holds in checks.items() if not holds), *_scope_defects(url)]


def _scope_defects(url: SignedUrl) -> list[str]:
    """Name each defect of the scope, which X-Amz-Credential holds behind the key."""
    shape = _SCOPE_OF_SIGV4A if url.parameter("X-Amz-Algorithm") == _SIGV4A else _SCOPE
    scope = (url.parameter("X-Amz-Credential") or "").split("/")
    behind_the_key = shape.count("/")  # a key may hold slashes, so its parts are not counted
    whole = (
        len(scope) > behind_the_key and scope[-1] == "aws4_request" and scope[-2].startswith("s3")
    )
    if not whole:
        return [f"X-Amz-Credential has no scope {shape}"]
    if scope[-behind_the_key] != (url.parameter("X-Amz-Date") or "")[:8]:
        return ["the date in the scope of X-Amz-Credential differs from X-Amz-Date"]
    return []


def _seconds(text: str | None) -> int | None:
    """Read a whole number of seconds; None for text that is not one, or that no clock reaches."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004
        return None
    number = int(text)
    return number if number < 32 * _MAXIMUM_LIFETIME_S else None
