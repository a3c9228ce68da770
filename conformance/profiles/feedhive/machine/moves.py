"""The moves of a sequence: few, each a whole intention, and all of them plain data.

A move is a name and two numbers, which choose among what the model has at that moment. A move
that the model does not allow does nothing. So any part of a sequence is a sequence, and a
failing one can be shortened.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.lock_out import LockedOut
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.machine import effects, overlap, spelling, walks
from conformance.profiles.feedhive.machine.files import reread
from conformance.profiles.feedhive.machine.model import REFUSALS, Stored
from conformance.profiles.feedhive.machine.prologue import delete, finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.profiles.feedhive.machine.model import Item, Session
    from conformance.profiles.feedhive.machine.sequence import Sequence

#: How many moves a sequence has.
LENGTH = 5
_CHOICES = 11
_BURST = 3
_PAUSE_S = 0.4


class Move(NamedTuple):
    """One intention; `of` chooses the thing, `how` the way."""

    name: str = "rest"
    of: int = 0
    how: int = 0


def drawn() -> st.SearchStrategy[tuple[Move, ...]]:
    """Return the strategy of a sequence; the simplest one has no moves."""
    number = st.integers(0, _CHOICES)
    move = st.builds(Move, st.sampled_from(("rest", *MOVES)), number, number)
    return st.tuples(*[move] * LENGTH)


def play(sequence: Sequence, move: Move) -> None:
    """Play one move, with its comparisons; raises the first finding."""
    if move.name in MOVES:
        MOVES[move.name](sequence, move)


def _caller(sequence: Sequence, number: int) -> str:
    return sequence.world.callers[number % len(sequence.world.callers)]


def _open(sequence: Sequence, move: Move) -> None:
    """Open a session, under a new filename or one that was used before."""
    caller, kind = _caller(sequence, move.of), sequence.next_type()
    used = [one.upload for one in sequence.model.sessions if one.upload.content_type == kind]
    name = used[move.how % len(used)].filename if used and move.how % 2 else None
    again = ", under a filename that was used before" if name else ""
    sequence.say(f"open an upload of {kind} as {caller}{again}")
    sequence.open(kind, caller, name or unique_filename(kind))
    sequence.agree(caller, effects.CREATE)


def _treat(sequence: Sequence, move: Move) -> None:
    """Do the next thing to a session, right or wrong."""
    sessions = [one for one in sequence.model.sessions if not one.lost]
    session = sessions[move.of % len(sessions)]
    if session.item is not None:
        _treat_completed(sequence, session.item, move.how)
        return
    ways: list[Callable[[Sequence, Session], None]] = [finish_one, _foreign_complete, _keyless]
    ways += (
        [_store_again] if session.stored is Stored.GENUINE else [_early, _empty, _of_another_type]
    )
    ways[move.how % len(ways)](sequence, session)


def finish_one(sequence: Sequence, session: Session) -> None:
    """Store the file and complete: the right thing."""
    finish(sequence, session)


def _early(sequence: Sequence, session: Session) -> None:
    sequence.say(f"complete {session.upload.id} twice, which has no file")
    sequence.complete_in_vain(session)
    sequence.agree(session.upload.caller, effects.refusal(REFUSALS[Stored.NOTHING]))


def _empty(sequence: Sequence, session: Session) -> None:
    _wrong(sequence, session, Stored.EMPTY)


def _of_another_type(sequence: Sequence, session: Session) -> None:
    _wrong(sequence, session, Stored.FOREIGN)


def _wrong(sequence: Sequence, session: Session, what: Stored) -> None:
    sequence.say(f"store {what} in {session.upload.id}, and complete it twice")
    if sequence.store_another(session, what):
        sequence.complete_in_vain(session)
        sequence.agree(session.upload.caller, effects.refusal(REFUSALS[what]))
    session.lost = True


def _store_again(sequence: Sequence, session: Session) -> None:
    sequence.say(f"store another file in {session.upload.id}")
    sequence.store(session)
    sequence.agree(session.upload.caller, effects.CREATE)


def _foreign_complete(sequence: Sequence, session: Session) -> None:
    stranger = sequence.world.stranger(session.upload.caller)
    if stranger is not None:
        sequence.say(f"complete {session.upload.id} as {stranger}, who does not own it")
        unwanted = sequence.complete_as(session, stranger)
        sequence.agree(session.upload.caller, unwanted)


def _keyless(sequence: Sequence, session: Session) -> None:
    sequence.say(f"complete {session.upload.id} without a key")
    with suppress(LockedOut):
        unwanted = sequence.complete_as(session, None)
        sequence.agree(session.upload.caller, unwanted)


def _treat_completed(sequence: Sequence, item: Item, how: int) -> None:
    """A completed session refuses everybody; its item and the file stay as they are."""
    session, stranger = item.session, sequence.world.stranger(item.caller)
    state = "" if item.alive else ", whose item is deleted"
    if how % 2 and stranger is not None:
        sequence.say(f"complete {session.upload.id} again as {stranger}{state}")
        unwanted = sequence.complete_as(session, stranger)
    else:
        sequence.say(f"complete {session.upload.id} twice again{state}")
        sequence.complete_in_vain(session)
        unwanted = effects.refusal("FH-COMPLETE-08")
    sequence.agree(item.caller, unwanted)
    if item.alive:
        reread(sequence.world, sequence.model, item, unwanted.bytes)
    else:
        sequence.gone(item)


def _burst(sequence: Sequence, move: Move) -> None:
    """Open several sessions of one type, then store and complete them in another order."""
    caller, kind = _caller(sequence, move.of), sequence.next_type()
    sequence.say(f"open {_BURST} uploads of {kind} as {caller}, and complete the last first")
    sessions = parallel(lambda _: sequence.open(kind, caller), range(_BURST))
    parallel(sequence.store, sessions)
    made = [sequence.complete(session) for session in reversed(sessions)]
    sequence.look_and_agree(caller, filter(None, made))


def _delete(sequence: Sequence, move: Move) -> None:
    """Delete an item as its owner, as the other caller or without a key; or a dead one again."""
    live, dead = sequence.model.live(), sequence.model.dead()
    if move.how % 4 == 3 and dead:  # noqa: PLR2004 - one of four ways
        _use_the_dead(sequence, dead[move.of % len(dead)])
        return
    if not live:
        return
    item = live[move.of % len(live)]
    way = move.how % 4
    stranger = sequence.world.stranger(item.caller)
    if way == 0 or (way == 1 and stranger is None):
        delete(sequence, item)
        return
    who = stranger if way == 1 else None
    sequence.say(f"delete {item.id} {f'as {who}, who does not own it' if who else 'without a key'}")
    unwanted = sequence.delete_as(item, who)
    sequence.agree(item.caller, unwanted)
    reread(sequence.world, sequence.model, item, unwanted.bytes)


def _use_the_dead(sequence: Sequence, item: Item) -> None:
    """Delete a deleted item again, and fetch it. The page says nothing about the answer."""
    if not sequence.model.is_gone(item):
        return
    sequence.say(f"delete {item.id} again")
    sequence.world.api.delete_media(item.id, caller=item.caller)
    sequence.gone(item)
    sequence.agree(item.caller, effects.DELETE)


def _walk(sequence: Sequence, move: Move) -> None:
    """Walk at a limit that the model chooses, or with a change in the middle."""
    caller = _caller(sequence, move.of)
    if move.how % 3 == 2:  # noqa: PLR2004 - one of three ways
        walks.through_a_change(sequence, caller)
    else:
        walks.some(sequence, caller, move.how)


def _wait(sequence: Sequence, move: Move) -> None:
    """Let time pass: connections idle, and things wait."""
    seconds = round(_PAUSE_S * (1 + move.how % 4), 1)
    sequence.say(f"wait {seconds} s")
    sleep(seconds)
    sequence.agree(sequence.main)


def _overlap(sequence: Sequence, move: Move) -> None:
    """Send two requests at once."""
    overlap.play(sequence, move.of, move.how)


def _respell(sequence: Sequence, move: Move) -> None:
    """Send a request in another spelling that means the same."""
    spelling.play(sequence, move.of, move.how)


#: Every move by its name.
MOVES: dict[str, Callable[[Sequence, Move], None]] = {
    "open": _open,
    "treat": _treat,
    "treat another": _treat,
    "burst": _burst,
    "delete": _delete,
    "walk": _walk,
    "overlap": _overlap,
    "spell": _respell,
    "wait": _wait,
}
