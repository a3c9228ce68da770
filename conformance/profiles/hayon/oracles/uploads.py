"""Oracles of upload requests: keys and URLs are new each time, and belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.callers import are_different, is_known
from conformance.knowledge.facts import Act
from conformance.knowledge.place import is_signed, place_of, signed_place_of
from conformance.model.json_body import parsed
from conformance.model.signed_url import SignedUrl
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry
from conformance.profiles.hayon import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

ORACLES = Registry()

#: The page: the accepted values of contentType.
_ACCEPTED = frozenset(
    {"image/png", "image/jpeg", "image/jpg", "image/webp", "video/mp4", "video/quicktime"}
)


@ORACLES.of_answers("HY-UPLOAD-14", "HY-UPLOAD-16", "HY-UPLOAD-28", acts=(Act.OPEN,), joins=True)
def keys_differ(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Two answers never contain the same key, for one caller or for two."""
    opening = event.told.opening
    if opening is None:
        return
    first = knowledge.session(event.asked.instance, opening.id)
    if first is None:
        yield agrees_on(*(["HY-UPLOAD-14"] if knowledge.sessions else []))
        return
    if knowledge.comes_again(opening.id):
        return
    requirement = "HY-UPLOAD-16" if first.opened.overlaps(event) else "HY-UPLOAD-14"
    if are_different(first.owner, event.caller):
        requirement = "HY-UPLOAD-28"
    actual = f"{opening.id} was given to {first.owner} before"
    yield Finding(
        requirement,
        ("key", opening.id),
        "a key that no other answer gave",
        actual,
        event,
        first.opened,
        confuses=True,
    )


@ORACLES.of_answers("HY-UPLOAD-15", acts=(Act.OPEN,), joins=True)
def upload_objects_differ(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """The upload URLs of two keys never lead to the same object."""
    opening = event.told.opening
    place = signed_place_of(opening.upload_url) if opening else None
    first = knowledge.session_at(place)
    if opening is None or place is None or (first and first.id == opening.id):
        return
    if first is None or first.instance != event.asked.instance:
        yield agrees_on(*(["HY-UPLOAD-15"] if knowledge.sessions else []))
        return
    actual = f"that of {first.id} leads to {place.path} too"
    yield Finding(
        "HY-UPLOAD-15",
        place,
        "an upload URL of its own",
        actual,
        event,
        first.opened,
        confuses=True,
    )


@ORACLES.of_answers("HY-UPLOAD-11", acts=(Act.OPEN,))
def upload_url_writes_the_key(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """The upload URL writes the object that s3Key names."""
    opening = event.told.opening
    if opening is None or not is_signed(opening.upload_url):
        return
    url = SignedUrl(opening.upload_url)
    actual = f"its path is {url.path}, and the key is {opening.id}"
    yield (
        AGREES
        if key.writes(url, opening.id)
        else Finding("HY-UPLOAD-11", "path", "uploadUrl to write s3Key", actual, event)
    )


@ORACLES.of_answers("HY-PUBLIC-01", acts=(Act.OPEN,), joins=True)
def public_urls_differ(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """Two keys never have the same s3Url."""
    opening = event.told.opening
    if opening is None or not opening.public_url:
        return
    first = knowledge.files.handed(opening.public_url)
    session = next((one for one in knowledge.sessions.values() if one is first), None)
    if session is not None and session.id == opening.id:
        return
    actual = f"{session.id if session else ''} has it too"
    yield (
        Finding(
            "HY-PUBLIC-01",
            opening.public_url,
            "an s3Url of its own",
            actual,
            event,
            session.opened if session else None,
        )
        if session
        else agrees_on()  # only the file itself shows what is served
    )


@ORACLES.of_answers("HY-UPLOAD-12", acts=(Act.OPEN,))
def public_url_ends_with_the_key(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """The path of s3Url ends with s3Key."""
    opening = event.told.opening
    place = place_of(opening.public_url) if opening else None
    if opening is None or place is None:
        return
    ending = f"/{opening.id.lstrip('/')}"
    actual = f"the path is {place.path}, and the key is {opening.id}"
    yield (
        AGREES
        if place.path.endswith(ending)
        else Finding("HY-UPLOAD-12", "path", "s3Url's path to end with s3Key", actual, event)
    )


@ORACLES.of_answers(
    "HY-UPLOAD-21", "HY-UPLOAD-23", "HY-UPLOAD-24", "HY-UPLOAD-25", acts=(Act.OPEN,)
)
def payload_body(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """A request whose contentType breaks the page's rules gets no upload."""
    members = parsed(event.request.body).members
    if members is None or not (event.told.opening or event.refused):
        return
    content_type = members.get("contentType", _ACCEPTED)
    if content_type is _ACCEPTED:
        broken = ("HY-UPLOAD-23", "no contentType")
    elif content_type == "":
        broken = ("HY-UPLOAD-24", "an empty contentType")
    elif not isinstance(content_type, str):
        broken = ("HY-UPLOAD-25", "a contentType that is not a string")
    # Types are written in any case, and may have parameters (RFC 9110 section 8.3.1).
    elif content_type.partition(";")[0].strip().lower() not in _ACCEPTED:
        broken = ("HY-UPLOAD-21", f"the type {content_type!r}")
    else:
        yield AGREES
        return
    requirement, what = broken
    if event.refused:
        yield agrees_on(*([requirement] if is_known(event.caller) else []))
        return
    actual = "it got an upload"
    yield Finding(requirement, what, f"a request with {what} to be refused", actual, event)


@ORACLES.of_answers("HY-POST-01", "HY-POST-02", acts=(Act.POST,))
def posts_show_the_pairs_sent(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """A post that shows mediaItems shows the pairs of s3Url and s3Key that were sent."""
    content = (parsed(event.request.body).members or {}).get("content")
    sent = _pairs(content.get("mediaItems") if isinstance(content, dict) else None)
    shown = _pairs(_media_items(event.exchange.json if event.exchange else None))
    if not event.succeeded or sent is None or shown is None:
        return
    if shown and not any(any(pair) for pair in shown):
        return  # it shows other members of an item
    requirement = "HY-POST-02" if event.asked.operation == "update_post" else "HY-POST-01"
    agrees = len(shown) == len(sent) and all(
        a in {b, None}
        for one, other in zip(shown, sent, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    actual = f"it shows {shown}"[:300]
    yield (
        agrees_on(requirement)
        if agrees
        else Finding(requirement, event.asked.operation, f"the pairs {sent}"[:300], actual, event)
    )


def _pairs(items: object) -> list[tuple[object, object]] | None:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    return [(item.get("s3Url"), item.get("s3Key")) for item in items]


def _media_items(node: object, depth: int = 0) -> object:
    """Return the first `mediaItems` of an answer: no document says where it is."""
    if not isinstance(node, dict) or depth > 3:  # noqa: PLR2004 - as deep as posts nest
        return None
    if "mediaItems" in node:
        return node["mediaItems"]
    found = (_media_items(child, depth + 1) for child in node.values())
    return next((one for one in found if one is not None), None)
