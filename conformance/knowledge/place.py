"""Where a URL leads to: a host and a decoded path. Signed URLs of one object have one place."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from conformance.model.signed_url import SignedUrl, url_defect

_CACHED_URLS = 20_000


class Place(NamedTuple):
    """A host with its port, in lower case, and the decoded path."""

    host: str
    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@lru_cache(_CACHED_URLS)
def place_of(url: str) -> Place | None:
    """Return where a URL leads to, or None for a text that is not a URL."""
    if url_defect(url):
        return None
    signed = SignedUrl(url)
    return Place(signed.host, signed.path)


@lru_cache(_CACHED_URLS)
def signed_place_of(url: str) -> Place | None:
    """Return the place of a URL whose signature fixes host and path, or None.

    The path of another URL may hold a token that changes, or be the same for every object.
    """
    signed = SignedUrl(url)
    return place_of(url) if signed.is_sigv4 or signed.is_sigv2 else None


@lru_cache(_CACHED_URLS)
def is_signed(url: str) -> bool:
    """Whether a text is a URL that carries a signature."""
    return url.startswith(("http://", "https://")) and SignedUrl(url).signed
