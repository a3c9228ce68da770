"""The words in which a profile describes a request and its answer.

The reader of a profile (`profiles/<name>/reading.py`) translates requests and answers into
these facts. Knowledge and generic oracles know no other words of an API.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.knowledge.place import Place
    from conformance.model.exchange import Exchange, Request


class Act(StrEnum):
    """What an operation does, in words that all profiles share."""

    OPEN = "open"
    COMPLETE = "complete"
    LIST = "list"
    FETCH = "fetch"
    DELETE = "delete"
    POST = "post"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Asked:
    """The content of a request; it is known when the request begins.

    `instance` is `main` or `twin` for a request to the API, and empty elsewhere. `operation` is
    the operationId, `subject` the decoded id of the path. `exact` says that method and path are
    those of the document. `place` is that of a request which is not an operation of the API.
    """

    instance: str = ""
    act: Act = Act.OTHER
    operation: str = ""
    subject: str = ""
    exact: bool = True
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """An upload that an answer gives: a session, and where its file goes.

    `id` identifies it in later requests; `public_url` is where everybody can read the file.
    """

    id: str
    upload_url: str
    content_type: object = None
    filename: object = None
    expires_at: object = None
    public_url: str = ""


class View(NamedTuple):
    """A media item as one answer shows it; each member as it was written."""

    id: object
    type: object
    mime_type: object
    created_at: object
    media_url: object
    thumbnail_url: object

    def fingerprint(self) -> tuple[object, ...]:
        """Return what is settled of the item: everything without the queries of its URLs."""
        return (*self[:4], _without_query(self.media_url), _without_query(self.thumbnail_url))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `cursor` is the one that the request carried, `limit` its limit.

    Without a limit in the request, `limit` is the default. It is None for one that no document
    explains, such as zero: then nothing says which items the page shows.
    """

    ids: tuple[str, ...]
    total: object
    has_more: object
    next_cursor: object
    cursor: str | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """The content of an answer. `made` is the id of a media item that a complete made."""

    opening: Opening | None = None
    made: str | None = None
    views: tuple[View, ...] = ()
    page: Page | None = None


NOTHING_TOLD = Told()


class Reader(Protocol):
    """Translates the exchanges of one API into facts."""

    def asked(self, request: Request) -> Asked:
        """Return what a request asks."""

    def told(self, asked: Asked, exchange: Exchange) -> Told:
        """Return the content of an answer; that of a refusal is empty."""


def views_of(items: list[Mapping[str, Any]]) -> tuple[View, ...]:
    """Return media items as views; a list shows the same items many times, which share one."""
    return tuple(_shared(View(*map(item.get, View._fields))) for item in items)


def _shared(view: View) -> View:
    # Other values than texts may be equal and not the same, such as 1 and true.
    return _same(view) if all(type(value) in _SHARED for value in view) else view


_SHARED = frozenset({str, type(None)})
_same = lru_cache(maxsize=4096)(lambda view: view)


def _without_query(url: object) -> object:
    return url.partition("?")[0] if isinstance(url, str) else url
