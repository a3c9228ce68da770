"""Changes to a pre-signed URL that a storage must refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlunsplit

from conformance.model.signed_url import LONGEST_LIFETIME_S, SIGNATURES, VENDORS, SignedUrl

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR_S = 3_600
# Date, region, service and the last word (SigV4).
_SCOPE_PARTS = 4


def tampered(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature changed in one place."""
    return _with(url, {name: _flipped(url.parameter(name) or "") for name in SIGNATURES})


def tampered_at_its_end(url: SignedUrl) -> SignedUrl:
    """Return the URL with the last character of its signature changed.

    Only a signature of version 4 ends with a digit that counts; another URL is returned unchanged.
    """
    if not url.is_sigv4:
        return url
    backwards = {name: (url.parameter(name) or "")[::-1] for name in SIGNATURES}
    return _with(url, {name: _flipped(value)[::-1] for name, value in backwards.items()})


def moved_in_time(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and the date of a minute later.

    A URL that names no date is returned unchanged.
    """
    if url.signed_at is None:
        return url
    later = url.signed_at + timedelta(minutes=1)
    return _with(url, _of_vendors("Date", later.strftime("%Y%m%dT%H%M%SZ")))


def stripped(url: SignedUrl) -> SignedUrl:
    """Return the URL without its query: what a client without a signature would use."""
    return SignedUrl(urlunsplit(url.parts._replace(query="")))


def with_empty_signature(url: SignedUrl) -> SignedUrl:
    """Return the URL with an empty signature."""
    return _with(url, dict.fromkeys(SIGNATURES, ""))


def without_signature(url: SignedUrl) -> SignedUrl:
    """Return the URL without its signature, and with all of its other parameters."""
    pairs = parse_qsl(url.parts.query, keep_blank_values=True)
    names = {name.lower() for name in SIGNATURES}
    kept = [(name, value) for name, value in pairs if name.lower() not in names]
    return SignedUrl(urlunsplit(url.parts._replace(query=urlencode(kept, quote_via=quote))))


def longer_life(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and a longer `X-Amz-Expires`.

    A URL that names no lifetime, or already the longest, is returned unchanged.
    """
    if url.lifetime_s is None or url.lifetime_s >= LONGEST_LIFETIME_S:
        return url
    seconds = min(url.lifetime_s + _HOUR_S, LONGEST_LIFETIME_S)
    return _with(url, _of_vendors("Expires", str(seconds)))


def for_other_access_key(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and another access key id in its credential.

    A URL that names no credential is returned unchanged.
    """
    credential = url.of_vendor("Credential") or ""
    access_key, slash, scope = credential.partition("/")
    if not access_key:
        return url
    other = f"{_flipped(access_key[::-1])[::-1]}{slash}{scope}"
    return _with(url, _of_vendors("Credential", other))


def for_other_region(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and another region in the scope of its credential.

    A URL whose credential names no region is returned unchanged.
    """
    access_key, *scope = (url.of_vendor("Credential") or "").split("/")
    if len(scope) != _SCOPE_PARTS:
        return url
    date, region, *rest = scope
    other = "eu-west-1" if region != "eu-west-1" else "us-east-1"
    return _with(url, _of_vendors("Credential", "/".join([access_key, date, other, *rest])))


def with_other_signed_headers(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and one more name in `X-Amz-SignedHeaders`.

    A URL that names no signed headers is returned unchanged.
    """
    names = url.of_vendor("SignedHeaders")
    more = _of_vendors("SignedHeaders", f"{names};x-amz-meta-other")
    return _with(url, more) if names else url


def for_other_extension(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and the key of an object with another extension."""
    folder, _, name = url.parts.path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return SignedUrl(urlunsplit(url.parts._replace(path=f"{folder}/{stem}.html")))


def for_other_key(url: SignedUrl) -> SignedUrl:
    """Return the URL with its signature and the key of another object."""
    return SignedUrl(urlunsplit(url.parts._replace(path=url.parts.path + "-other")))


_ALL = (
    *(tampered, tampered_at_its_end, stripped, with_empty_signature, without_signature),
    *(longer_life, moved_in_time),
    *(for_other_access_key, for_other_region, with_other_signed_headers),
    *(for_other_key, for_other_extension),
)
#: Every change by its name, which reports and reproducers use.
CHANGES: dict[str, Callable[[SignedUrl], SignedUrl]] = {change.__name__: change for change in _ALL}


def _of_vendors(name: str, value: str) -> dict[str, str]:
    """Return a changed parameter under each of its names: a URL has only one of them."""
    return {f"{vendor}{name}": value for vendor in VENDORS}


def _with(url: SignedUrl, changes: dict[str, str]) -> SignedUrl:
    lowered = {name.lower(): value for name, value in changes.items()}
    pairs = [
        (name, lowered.get(name.lower(), value))
        for name, value in parse_qsl(url.parts.query, keep_blank_values=True)
    ]
    return SignedUrl(urlunsplit(url.parts._replace(query=urlencode(pairs, quote_via=quote))))


def _flipped(signature: str) -> str:
    return ("0" if signature[:1] != "0" else "1") + signature[1:]
