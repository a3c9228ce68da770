"""Oracles of public files: what an s3Url serves, compared by hash with what was stored.

A CDN may convert a picture, and show a file late. The file of another upload is never right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.lives import Session
from conformance.knowledge.stored import sha256_of
from conformance.model.download import is_a_download
from conformance.model.exchange import ABSENT
from conformance.oracles.finding import AGREES, Finding
from conformance.oracles.registry import Registry
from conformance.oracles.served import wrong_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.knowledge.lives import FileRead
    from conformance.knowledge.stored import Stored, Write
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

# A cache may remember that a file was missing; this long after it was served, it does no more.
_CACHES_FORGET_S = 30.0


# Two names of one type.
_JPEG = frozenset({"image/jpeg", "image/jpg"})


@ORACLES.of_answers("HY-PUBLIC-01")
def public_url_serves_its_own_file(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """s3Url never serves the file of another upload, or only a part of its own file."""
    view = _view(knowledge, event)
    if view is None:
        return
    session, stored, own, body = view
    actual = wrong_file(knowledge, stored.writes, session.place, body)
    expected = "s3Url to serve the file that was stored"
    yield (
        Finding("HY-PUBLIC-01", ("key", session.id), expected, actual, event, own[-1].event)
        if actual
        else AGREES
    )


@ORACLES.of_answers("HY-PUBLIC-02")
def public_url_serves_the_type(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """s3Url serves the bytes that were stored with the type of their PUT, each time."""
    view = _view(knowledge, event)
    if view is None or event.exchange is None:
        return
    session, _, own, body = view
    types = {write.content_type for write in own}
    if "" in types or sha256_of(body) not in {write.sha256 for write in own}:
        return  # a CDN may convert a picture, and then it has another type
    if is_a_download(event.exchange):
        return
    accepted = types | _JPEG if types & _JPEG else types
    served = event.exchange.content_type
    expected = f"the content type to be {' or '.join(sorted(accepted))}"
    actual = f"it is {served or 'missing'}"
    yield (
        AGREES
        if served in accepted
        else Finding("HY-PUBLIC-02", ("key", session.id), expected, actual, event, own[-1].event)
    )


def _view(knowledge: Knowledge, event: Event) -> tuple[Session, Stored, list[Write], bytes] | None:
    """Return what a GET of an s3Url served: the upload, its object, its possible writes, the body.

    None where it served nothing, or where nobody knows what was stored.
    """
    session = knowledge.files.handed(event.request.url)
    response = event.exchange.response if event.exchange else None
    if not isinstance(session, Session) or response is None or event.request.method != "GET":
        return None
    stored = knowledge.objects.get(session.place) if session.place else None
    if not event.succeeded or response.truncated or response.defect or stored is None:
        return None
    own = stored.possible(event.began, event.ended)
    if not own or not knowledge.sees_storage or event.is_partial:
        return None
    return session, stored, own, response.body


@ORACLES.of_libraries("HY-PUBLIC-04", needs_quiet=False)
def public_files_stay(knowledge: Knowledge) -> Iterator[Judgement]:
    """A public file that was served is still served later."""
    served: dict[str, FileRead] = {}
    last = _last_served(knowledge)
    for read in knowledge.files.reads:
        session = read.of
        if not isinstance(session, Session):
            continue
        earlier = served.get(session.id)
        if read.succeeded:
            if _is_the_file(knowledge, session, read):
                served.setdefault(session.id, read)
                yield AGREES
        elif earlier is not None and read.event.status in ABSENT:
            if read.event.began - earlier.event.ended < _CACHES_FORGET_S:
                continue
            if last[session.id].began > read.event.began:
                continue  # an edge of the CDN was behind, or refused a client that asks much
            if _may_be_removed(knowledge, session, read.event):
                continue
            actual = f"that of {session.id} was served before, and now it is {read.event.status}"
            yield Finding(
                "HY-PUBLIC-04",
                ("key", session.id),
                "a public file to stay",
                actual,
                read.event,
                earlier.event,
            )


def _may_be_removed(knowledge: Knowledge, session: Session, read: Event) -> bool:
    """Whether a client may have removed the object, where the storage lets it."""
    stored = knowledge.objects.get(session.place) if session.place else None
    return stored is not None and stored.may_be_changed(read.ended)


def _last_served(knowledge: Knowledge) -> dict[str, Event]:
    """Return the last read that gave the file, for each key."""
    return {
        read.of.id: read.event
        for read in knowledge.files.reads
        if isinstance(read.of, Session)
        and read.succeeded
        and _is_the_file(knowledge, read.of, read)
    }


def _is_the_file(knowledge: Knowledge, session: Session, read: FileRead) -> bool:
    """Whether the bytes are those that were stored, and no placeholder for a missing file."""
    stored = knowledge.objects.get(session.place) if session.place else None
    return stored is not None and any(write.sha256 == read.sha256 for write in stored.writes)
