"""Finds out what spoiled a session that cannot be completed although it holds its file.

Several things may have happened to it. Each is tried alone on a fresh session: the first that
spoils it names the requirement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.judge.finding import Violation, precondition
from conformance.profiles.feedhive.machine.model import Session, Touch
from conformance.profiles.feedhive.machine.world import certain

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.machine.model import Item, Model
    from conformance.profiles.feedhive.machine.world import World

#: What each touch breaks if it spoils a session. The last is a SHOULD: it stops no sequence.
ROWS = {
    Touch.NOBODY: "FH-AUTH-02",
    Touch.STRANGER: "FH-COMPLETE-14",
    Touch.NAMESAKE: "FH-LIFECYCLE-01",
    Touch.DELETE: "FH-LIFECYCLE-01",
    Touch.EARLY: "FH-LIFECYCLE-05",
}
_CLEAN = "FH-COMPLETE-01"
_TOGETHER = "FH-LIFECYCLE-01"


class Acts(Protocol):
    """What a sequence gives to this module: its acts on a fresh session."""

    world: World
    model: Model

    def open(self, content_type: str, caller: str, filename: str | None = None) -> Session:
        """Open a session."""

    def store(self, session: Session) -> None:
        """PUT a new genuine file."""


def find(sequence: Acts, session: Session, exchange: Exchange) -> None:
    """Raise the finding of a refused complete, or note it if it is a SHOULD.

    Args:
        sequence: The sequence; the fresh sessions and their items become part of its model.
        session: The session, with all that happened to it.
        exchange: The refusal.

    Raises:
        Blocked: By the requirement of the touch that spoils a session.
    """
    wanted = "the complete of a session that holds its file to succeed"
    if not _completes(sequence, session, None):
        _raise(_CLEAN, wanted, "it was refused", exchange)
    for touch, row in ROWS.items():
        if touch not in session.touched or _completes(sequence, session, touch):
            continue
        actual = f"it was refused after {touch}"
        if touch is Touch.EARLY:
            sequence.world.notice(row, wanted, actual, exchange)
            return
        _raise(row, wanted, actual, exchange)
    happened = ", ".join(session.touched)
    _raise(_TOGETHER, wanted, f"it was refused after {happened}", exchange)


def _raise(row: str, wanted: str, actual: str, exchange: Exchange) -> None:
    with precondition(row):
        raise Violation(wanted, actual, exchange)


def _completes(sequence: Acts, session: Session, touch: Touch | None) -> bool:
    """Whether a fresh session can be completed after one touch, or after none."""
    upload, api = session.upload, sequence.world.api
    fresh = sequence.open(upload.content_type, upload.caller)
    if touch is Touch.EARLY:
        api.complete_upload(fresh.upload.id, caller=upload.caller)
    sequence.store(fresh)
    if touch is Touch.NOBODY:
        api.complete_upload(fresh.upload.id, caller=None)
    elif touch is Touch.STRANGER:
        stranger = sequence.world.stranger(upload.caller)
        api.complete_upload(fresh.upload.id, caller=stranger)
    elif touch in {Touch.NAMESAKE, Touch.DELETE}:
        name = fresh.upload.filename if touch is Touch.NAMESAKE else None
        other = sequence.open(upload.content_type, upload.caller, name)
        sequence.store(other)
        made = _completed(sequence, other)
        if touch is Touch.DELETE and made is not None:
            api.delete_media(made.id, caller=upload.caller)
            sequence.model.deleted(made)
    return _completed(sequence, fresh) is not None


def _completed(sequence: Acts, session: Session) -> Item | None:
    """Complete a session; return its item, which is part of the model, or None."""
    upload = session.upload
    answer = certain(sequence.world.api.complete_upload(upload.id, caller=upload.caller))
    media_id = answer.at("data", "id")
    if not answer.succeeded or not isinstance(media_id, str):
        session.lost = True
        return None
    return sequence.model.completed(session, media_id)
