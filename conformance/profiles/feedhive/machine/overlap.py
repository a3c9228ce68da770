"""Two requests at the same time: some order of them must explain the state afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel, together
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.profiles.feedhive.machine import effects, files
from conformance.profiles.feedhive.machine.agreement import raise_finding
from conformance.profiles.feedhive.machine.comparison import Difference
from conformance.profiles.feedhive.machine.model import Touch
from conformance.profiles.feedhive.machine.world import Doubt, certain

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.machine.model import Item, Session
    from conformance.profiles.feedhive.machine.sequence import Sequence

_ONE_WINS = "FH-COMPLETE-09"
_DELETE = "FH-DELETE-01"


def play(sequence: Sequence, of: int, how: int) -> None:
    """Play one pair of requests; the numbers choose which, and of what."""
    pairs: list[Callable[[Sequence, int], None]] = [
        _complete_twice,
        _delete_twice,
        _complete_and_delete,
        _delete_and_complete_again,
    ]
    pairs[how % len(pairs)](sequence, of)


def _stored_session(sequence: Sequence, of: int) -> Session | None:
    sessions = sequence.model.open_sessions()
    if not sessions:
        return None
    session = sessions[of % len(sessions)]
    sequence.store(session)
    return session


def _item(sequence: Sequence, of: int) -> Item | None:
    live = sequence.model.live()
    return live[of % len(live)] if live else None


def _complete_twice(sequence: Sequence, of: int) -> None:
    """Complete a session twice at the same time, or by its owner and the other caller: one wins."""
    session = _stored_session(sequence, of)
    if session is None:
        return
    upload = session.upload
    other = sequence.world.stranger(upload.caller) if of % 2 else None
    second = other or upload.caller
    sequence.say(f"complete {upload.id} as {upload.caller} and as {second} at the same time")
    answers = parallel(
        lambda who: sequence.world.api.complete_upload(upload.id, caller=who),
        [upload.caller, second],
    )
    if other is not None:
        sequence.nothing_given(answers[1], "FH-COMPLETE-14")
        session.touch(Touch.STRANGER)
        answers = answers[:1]
    _known(answers)
    won = [answer for answer in answers if answer.succeeded]
    if len(won) != 1:
        actual = f"{len(won)} of {len(answers)} succeed"
        raise_finding(Difference(_ONE_WINS, "one complete to succeed", actual, answers[-1]))
    with precondition("FH-COMPLETE-01"):
        media_id = expect.text(won[0], "data", "id")
    sequence.world.done["completed media"] += 1
    item = sequence.model.completed(session, media_id)
    sequence.agree(upload.caller, effects.refusal(_ONE_WINS), (item,))
    sequence.look(item, "FH-COMPLETE-02")


def _delete_twice(sequence: Sequence, of: int) -> None:
    """Delete an item twice at the same time: it is gone, whoever was first."""
    item = _item(sequence, of)
    if item is None:
        return
    sequence.say(f"delete {item.id} twice at the same time")
    answers = parallel(
        lambda _: sequence.world.api.delete_media(item.id, caller=item.caller), range(2)
    )
    _known(answers)
    _deleted(sequence, item, answers)


def _complete_and_delete(sequence: Sequence, of: int) -> None:
    """Complete a session and delete an item at the same time: neither disturbs the other."""
    session, item = _stored_session(sequence, of), _item(sequence, of)
    if session is None or item is None:
        return
    sequence.say(f"complete {session.upload.id} and delete {item.id} at the same time")
    api = sequence.world.api
    answers = together(
        lambda: api.complete_upload(session.upload.id, caller=session.upload.caller),
        lambda: api.delete_media(item.id, caller=item.caller),
    )
    _known(answers)
    with precondition(effects.MODEL):
        expect.success(answers[0])
        media_id = expect.text(answers[0], "data", "id")
    sequence.world.done["completed media"] += 1
    made = sequence.model.completed(session, media_id)
    _deleted(sequence, item, answers[1:], made)
    sequence.look(made, "FH-COMPLETE-02")


def _delete_and_complete_again(sequence: Sequence, of: int) -> None:
    """Delete an item while its session is completed again: the session stays closed."""
    item = _item(sequence, of)
    if item is None:
        return
    upload, api = item.session.upload, sequence.world.api
    sequence.say(f"delete {item.id} and complete its session {upload.id} again at the same time")
    answers = together(
        lambda: api.delete_media(item.id, caller=item.caller),
        lambda: api.complete_upload(upload.id, caller=upload.caller),
    )
    _known(answers)
    sequence.refused(answers[1], "FH-COMPLETE-08")
    _deleted(sequence, item, answers[:1])


def _known(answers: list[Exchange]) -> None:
    """Raise `Doubt` unless every request had an answer, and was sent once."""
    for answer in answers:
        if answer.response is None or answer.retries:
            raise Doubt(answer.summary())


def _deleted(
    sequence: Sequence, item: Item, answers: list[Exchange], made: Item | None = None
) -> None:
    """Judge that one of the deletes succeeded, and that the item is gone."""
    if not any(answer.succeeded for answer in answers):
        certain(answers[0])
        with precondition(_DELETE):
            expect.success(answers[0])
    places = files.places(sequence.world, sequence.model, item)
    sequence.model.deleted(item)
    sequence.world.done["deletes"] += 1
    sequence.world.owe(places, item.id, sequence.steps)
    sequence.gone(item)
    sequence.agree(item.caller, effects.DELETE, (made,) if made else ())
