"""Oracles of upload sessions: what create gives, and what complete accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.callers import NOBODY, are_different, is_known
from conformance.knowledge.facts import Act
from conformance.knowledge.place import signed_place_of
from conformance.knowledge.stored import kind_of
from conformance.model.exchange import http_date
from conformance.model.json_body import parsed
from conformance.model.moment import parsed_moment
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry
from conformance.profiles.feedhive.upload import RESULTING_TYPES, plain_type, reported_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.knowledge.lives import Session
    from conformance.knowledge.stored import Write
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

# Servers round an expiry up to the minute, and clocks are set meanwhile.
_ROUNDED_S = 60.0
_TOLERANCE_S = 30.0


@ORACLES.of_answers("FH-CREATE-10", acts=(Act.OPEN,), joins=True)
def session_ids_differ(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Two creates never return the same upload_id."""
    opening = event.told.opening
    if opening is None:
        return
    first = knowledge.session(event.asked.instance, opening.id)
    if first and knowledge.comes_again(opening.id):
        return
    yield (
        Finding(
            "FH-CREATE-10",
            ("session", opening.id),
            "an upload_id that no other create gave",
            f"an earlier create gave {opening.id} too",
            event,
            first.opened,
            confuses=True,
        )
        if first
        else agrees_on(*(["FH-CREATE-10"] if knowledge.sessions else []))
    )


@ORACLES.of_answers("FH-CREATE-11", acts=(Act.OPEN,), joins=True)
def session_objects_differ(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Two upload URLs never lead to the same object."""
    opening = event.told.opening
    place = signed_place_of(opening.upload_url) if opening else None
    if opening is None or place is None:
        return
    first = knowledge.session_at(place)
    shared = first is not None and first.instance == event.asked.instance
    if first is not None and shared and first.id == opening.id:
        return  # the id itself is given twice
    if shared and knowledge.comes_again(opening.id):
        return
    yield (
        Finding(
            "FH-CREATE-11",
            place,
            "an object that no other upload URL leads to",
            f"that of {first.id if first else ''} leads to {place.path} too",
            event,
            first.opened if first else None,
            confuses=True,
        )
        if shared
        else agrees_on(*(["FH-CREATE-11"] if knowledge.sessions else []))
    )


@ORACLES.of_answers("FH-CREATE-13", acts=(Act.OPEN,))
def expiry_moves_with_time(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The announced expiries of two creates are as far apart as the creates themselves."""
    opening, instance = event.told.opening, event.asked.instance
    first = next((one for one in knowledge.sessions.values() if one.instance == instance), None)
    if opening is None or first is None:
        return
    expiries = [parsed_moment(str(one.expires_at)) for one in (first.opening, opening)]
    if expiries[0] is None or expiries[1] is None:
        return
    apart = (expiries[1] - expiries[0]).total_seconds()
    passed = event.began - first.opened.began
    longest = (event.ended - event.began) + (first.opened.ended - first.opened.began)
    room = longest + _ROUNDED_S + _TOLERANCE_S
    yield (
        AGREES
        if any(abs(apart - one) <= room for one in (passed, *_passed(first.opened, event)))
        else Finding(
            "FH-CREATE-13",
            instance,
            "`expires_at` to move on with the time",
            f"it is {apart:.0f} s after that of a create"
            f" {event.began - first.opened.began:.0f} s before",
            event,
            first.opened,
        )
    )


def _passed(first: Event, second: Event) -> Iterator[float]:
    """Yield the seconds between two answers by other clocks than the monotonic one.

    That one stops while a machine sleeps. The clocks of two hosts of one server may differ, and
    a clock may be set: then the `Date` of the answers shows it.
    """
    one, other = first.exchange, second.exchange
    if one is None or other is None:
        return
    if one.started and other.started:
        yield other.started - one.started
    dates = [
        http_date(exchange.response.header("date")) if exchange.response else None
        for exchange in (one, other)
    ]
    if dates[0] and dates[1]:
        yield (dates[1] - dates[0]).total_seconds()


@ORACLES.of_answers(
    "FH-CREATE-03",
    "FH-CREATE-04",
    "FH-CREATE-05",
    "FH-CREATE-06",
    "FH-CREATE-07",
    "FH-CREATE-08",
    acts=(Act.OPEN,),
)
def payload_body(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """A create whose body breaks the page's rules opens no session."""
    members = parsed(event.request.body).members
    if members is None or not (event.succeeded or event.refused):
        return
    broken = _broken_rule(members)
    if broken is None or event.refused:
        yield agrees_on(broken[0]) if broken and is_known(event.caller) else AGREES
        return
    requirement, what = broken
    yield Finding(
        requirement,
        what,
        f"a create with {what} to be refused",
        event.answer,
        event,
    )


def _broken_rule(members: dict[str, object]) -> tuple[str, str] | None:
    """Return the row that a body breaks, and what is wrong with it, or None."""
    absent = object()
    filename = members.get("filename", absent)
    content_type = members.get("content_type", absent)
    if filename is absent:
        return "FH-CREATE-03", "no filename"
    if filename == "":
        return "FH-CREATE-04", "an empty filename"
    if not isinstance(filename, str):
        return "FH-CREATE-05", "a filename that is not a string"
    if content_type is absent or content_type == "":
        return "FH-CREATE-06", "no content_type"
    if not isinstance(content_type, str):
        return "FH-CREATE-07", "a content_type that is not a string"
    known = plain_type(content_type) in RESULTING_TYPES
    return None if known else ("FH-CREATE-08", f"the type {content_type!r}")


@ORACLES.of_answers("FH-COMPLETE-08", "FH-COMPLETE-09", acts=(Act.COMPLETE,), joins=True)
def session_completes_once(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A session is completed once: every other complete of that session is refused."""
    session = knowledge.session(event.asked.instance, event.asked.subject)
    if session is None:
        return
    others = [one for one in session.completes if one is not event and one.succeeded]
    if not event.succeeded or not others:
        if event.refused and session.success_before(event):
            yield agrees_on("FH-COMPLETE-08")
        return
    first = others[0]
    at_once = first.overlaps(event)
    yield Finding(
        "FH-COMPLETE-09" if at_once else "FH-COMPLETE-08",
        ("session", session.id),
        "one complete of a session to succeed",
        f"two of {session.id} did" + (", at the same time" if at_once else ""),
        event,
        first,
        confuses=True,
    )


@ORACLES.of_answers("FH-COMPLETE-01", acts=(Act.COMPLETE,), joins=True)
def completes_make_different_media(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The completes of two sessions never return the same media id."""
    instance, made = event.asked.instance, event.told.made
    session = knowledge.session(instance, event.asked.subject)
    if made is None or session is None:
        return
    first = knowledge.media_of(instance, made)
    if first is None or first.may_be_dead(event):  # a server may give the id of a dead one again
        yield AGREES
        return
    if first.session is None or first.session is session or knowledge.comes_again(made):
        return  # a second complete of the session, or a counter that began again
    if _hashes(knowledge, session, event) & _hashes(knowledge, first.session, event):
        return  # a server may keep equal files once
    yield Finding(
        "FH-COMPLETE-01",
        ("media", made),
        "an id that no other complete gave",
        f"the complete of {first.session.id} gave {made} too",
        event,
        first.born,
        confuses=True,
    )


def _hashes(knowledge: Knowledge, session: Session, event: Event) -> set[str]:
    return {write.sha256 for write in _possible(knowledge, session, event) or ()}


def _possible(knowledge: Knowledge, session: Session, event: Event) -> list[Write] | None:
    """Return what a complete may have found stored, or None if that is not known."""
    if session.place is None or not knowledge.sees_storage:
        return None
    stored = knowledge.objects.get(session.place)
    return [] if stored is None else stored.possible(event.began, event.ended)


@ORACLES.of_answers(
    "FH-COMPLETE-05", "FH-COMPLETE-14", "FH-AUTH-02", acts=(Act.COMPLETE,), joins=True
)
def resource_hierarchy(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Only a session that exists is completed, and only by the caller who opened it."""
    instance, subject = event.asked.instance, event.asked.subject
    session = knowledge.session(instance, subject)
    if session is None:
        near = knowledge.near_miss_of(instance, subject)
        unknown = knowledge.alone and not knowledge.may_be_known(subject)
        if event.refused and event.asked.exact and is_known(event.caller):
            yield agrees_on("FH-COMPLETE-05")
        elif event.succeeded and (near or unknown) and not knowledge.outsiders:
            yield Finding(
                "FH-COMPLETE-05",
                ("session", subject),
                "an unknown session to be refused",
                f"the complete of {subject[:60]!r} succeeded",
                event,
            )
        return
    if not are_different(event.caller, session.owner):
        return
    requirement = "FH-AUTH-02" if event.caller == NOBODY else "FH-COMPLETE-14"
    yield (
        Finding(
            requirement,
            ("session", session.id),
            "only its own caller to complete a session",
            f"{event.caller} completed that of {session.owner}",
            event,
            session.opened,
        )
        if event.succeeded
        else agrees_on(*([requirement] if event.refused else []))
    )


@ORACLES.of_answers("FH-COMPLETE-10", "FH-COMPLETE-11", "FH-COMPLETE-12", acts=(Act.COMPLETE,))
def completes_need_the_file(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A complete succeeds only if a file of the declared type was stored."""
    session = knowledge.session(event.asked.instance, event.asked.subject)
    if session is None or not (event.succeeded or event.refused):
        return
    possible = _possible(knowledge, session, event)
    if possible is None:
        return
    thing = ("session", session.id)
    if event.refused:
        yield agrees_on(*_rightly_refused(session, possible))
    elif not possible:
        yield Finding(
            "FH-COMPLETE-10",
            thing,
            "a complete without a stored file to be refused",
            f"{event.answer}, and nothing was stored",
            event,
            session.opened,
        )
    elif all(write.size == 0 for write in possible):
        yield Finding(
            "FH-COMPLETE-11",
            thing,
            "a complete of an empty file to be refused",
            event.answer,
            event,
            possible[-1].event,
        )
    elif session.declared and all(_is_foreign(write, session.declared) for write in possible):
        stored = possible[-1]
        yield Finding(
            "FH-COMPLETE-12",
            thing,
            f"only a file of {session.declared} to be completed",
            f"{event.answer} for one that was stored as {stored.content_type}",
            event,
            stored.event,
        )
    else:
        yield AGREES


def _rightly_refused(session: Session, possible: list[Write]) -> list[str]:
    """Return the row that a refused complete keeps, if what was stored explains it."""
    if not possible:
        return ["FH-COMPLETE-10"]
    if all(write.size == 0 for write in possible):
        return ["FH-COMPLETE-11"]
    foreign = session.declared and all(_is_foreign(one, session.declared) for one in possible)
    return ["FH-COMPLETE-12"] if foreign else []


def _is_foreign(write: Write, declared: str) -> bool:
    """Whether both the header and the first bytes of a file are of another type."""
    kind = kind_of(write.body)
    accepted = _with_aliases(declared)
    return (
        bool(write.content_type and kind)
        and not {write.content_type, plain_type(write.content_type)} & accepted
        and kind not in accepted
    )


def _with_aliases(declared: str) -> frozenset[str]:
    plain = reported_types(plain_type(declared))
    names = (name for name in RESULTING_TYPES if reported_types(name) & plain)
    return frozenset({declared, *names})
