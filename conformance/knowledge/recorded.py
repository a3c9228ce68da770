"""Events as JSON, so that the streams of several processes can be joined by their times.

An event is written as facts: what was asked and told, by whom, and when. Of the exchange only
what a report shows is kept, redacted and cut. No URL keeps its query, and no token is written.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from conformance.knowledge.callers import DOUBTFUL, Callers
from conformance.knowledge.facts import NOTHING_TOLD, Act, Asked, Opening, Page, Told, View
from conformance.knowledge.place import Place, signed_place_of
from conformance.model.exchange import SHOWN_BODY_CHARACTERS, Exchange, Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.knowledge.event import Event
    from conformance.model.redaction import Redactor

# A body is redacted before it is cut; what is at the very end may be the beginning of a secret.
_READ_BYTES, _DROPPED_CHARACTERS = 2 * SHOWN_BODY_CHARACTERS, 500
# What stays of the query of a signed URL: it says that host and path are signed.
_SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256"
_DIGEST_CHARACTERS = 16


@dataclass(frozen=True, repr=False)
class RecordedRequest(Request):
    """A request that was read from a stream: what it asks, and whose it is, was written there."""

    asked: Asked = Asked()  # noqa: RUF009 - it is frozen
    of: str = DOUBTFUL


@dataclass(frozen=True)
class RecordedExchange(Exchange):
    """An exchange that was read from a stream, with what its answer told.

    `declined` says that a success declines: only the beginning of its body may be kept.
    """

    told: Told = NOTHING_TOLD
    declined: bool = False

    @property
    def declines(self) -> bool:
        """Whether a 2xx declines in its JSON, as it was read when the whole body was there."""
        return self.declined


class RecordedReader:
    """Returns the facts that recorded exchanges carry."""

    def asked(self, request: Request) -> Asked:
        """Return what a request asks."""
        return request.asked if isinstance(request, RecordedRequest) else Asked()

    def told(self, asked: Asked, exchange: Exchange) -> Told:
        """Return the content of an answer."""
        del asked
        return exchange.told if isinstance(exchange, RecordedExchange) else NOTHING_TOLD


class RecordedCallers(Callers):
    """Returns the callers that recorded requests carry."""

    def __init__(self) -> None:
        super().__init__({})

    def of(self, request: Request) -> str:
        """Return the name of the caller."""
        return request.of if isinstance(request, RecordedRequest) else DOUBTFUL


def bare(url: str) -> str:
    """Return a URL without its query, which another text of the same length replaces.

    Two bare URLs are equal if the URLs lead to one place. Where the signature does not say that,
    the queries have to be equal too.
    """
    head, mark, query = url.partition("?")
    if signed_place_of(url) is not None:
        return f"{head}?{_SIGNED}"
    return f"{head}?{sha256(query.encode()).hexdigest()[:_DIGEST_CHARACTERS]}" if mark else head


def asked_as_json(event: Event, redactor: Redactor) -> dict[str, Any]:
    """Return the request of an event as JSON; `request_of` reads it."""
    request, asked = event.request, event.asked
    members = {one.name: getattr(asked, one.name) for one in fields(asked)}
    return {
        "asked": {**members, "act": asked.act.value},
        "of": event.caller,
        "method": request.method,
        "url": redactor.text(request.url),
        "headers": redactor.headers(request.headers),
        "body": _shown(request.body, redactor),
        "size": request.size,
        "digest": request.digest,
        "caller": request.caller,
    }


def told_as_json(event: Event, redactor: Redactor) -> dict[str, Any]:
    """Return the answer of an event as JSON; `exchange_of` reads it."""
    exchange = event.exchange or Exchange(event.request)
    response = exchange.response
    return {
        "told": _told(event.told),
        "declined": exchange.declines,
        "error": exchange.error and redactor.text(exchange.error),
        "operation": exchange.operation,
        "retries": exchange.retries,
        "repeated": exchange.repeated,
        "started": exchange.started,
        "response": response
        and {
            "status": response.status,
            "headers": redactor.headers(response.headers),
            "body": _shown(response.body, redactor),
            "size": response.size,
            "elapsed_s": response.elapsed_s,
        },
    }


def request_of(data: Mapping[str, Any]) -> RecordedRequest:
    """Return a request that `asked_as_json` wrote."""
    asked = data["asked"]
    place = asked["place"] and Place(*asked["place"])
    return RecordedRequest(
        data["method"],
        data["url"],
        tuple((name, value) for name, value in data["headers"]),
        data["body"].encode(),
        data["caller"],
        (data["size"], data["digest"]),
        asked=Asked(**{**asked, "act": Act(asked["act"]), "place": place}),
        of=data["of"],
    )


def exchange_of(request: Request, data: Mapping[str, Any]) -> RecordedExchange:
    """Return an exchange that `told_as_json` wrote."""
    shown = data["response"]
    body = shown["body"].encode() if shown else b""
    response = shown and Response(
        shown["status"],
        tuple((name, value) for name, value in shown["headers"]),
        body,
        shown["elapsed_s"],
        truncated=len(body) != shown["size"],
        length=shown["size"],
    )
    kept = ("error", "operation", "retries", "started", "repeated", "declined")
    members = {name: data[name] for name in kept}
    return RecordedExchange(request, response, told=_told_of(data["told"]), **members)


def _shown(body: bytes, redactor: Redactor) -> str:
    """Return the beginning of a body as a report shows it."""
    text = redactor.text(body[:_READ_BYTES].decode("utf-8", "replace"))
    if len(body) > _READ_BYTES:
        text = text[:-_DROPPED_CHARACTERS]
    return text[:SHOWN_BODY_CHARACTERS].encode("utf-8", "replace").decode()


def _told(told: Told) -> dict[str, Any]:
    opening, page = told.opening, told.page
    return {
        "opening": opening
        and {
            **{one.name: getattr(opening, one.name) for one in fields(opening)},
            "upload_url": bare(opening.upload_url),
            "public_url": bare(opening.public_url),
        },
        "made": told.made,
        "views": [
            view._replace(media_url=_bare(view.media_url), thumbnail_url=_bare(view.thumbnail_url))
            for view in told.views
        ],
        "page": page and {one.name: getattr(page, one.name) for one in fields(page)},
    }


def _bare(url: object) -> object:
    return bare(url) if isinstance(url, str) else url


def _told_of(data: Mapping[str, Any]) -> Told:
    page = data["page"]
    return Told(
        opening=data["opening"] and Opening(**data["opening"]),
        made=data["made"],
        views=tuple(View(*view) for view in data["views"]),
        page=page and Page(**{**page, "ids": tuple(page["ids"])}),
    )
