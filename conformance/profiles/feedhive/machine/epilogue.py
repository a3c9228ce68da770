"""How every sequence ends: each obligation that is still open is checked, and all is removed."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel, together
from conformance.harness.lock_out import LockedOut
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.machine import effects, walks
from conformance.profiles.feedhive.machine.files import reread
from conformance.profiles.feedhive.machine.model import REFUSALS, Stored, middle_first
from conformance.profiles.feedhive.machine.prologue import delete, finish
from conformance.profiles.feedhive.media_id import is_of_one_thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.profiles.feedhive.machine.model import Item, Session
    from conformance.profiles.feedhive.machine.sequence import Sequence

#: The requirement that spoils an item, if its URL does not give its file any more.
_PERMANENT = "FH-LIFECYCLE-01"
_UNKNOWN_SESSION, _UNKNOWN_MEDIA = "FH-COMPLETE-05", "FH-LIFECYCLE-02"


def play(sequence: Sequence) -> None:
    """End a sequence; raises the first finding."""
    _open_sessions_refuse(sequence)
    _wrong_objects_refuse(sequence)
    for session in sequence.model.open_sessions():
        finish(sequence, session)
    _completed_sessions_refuse(sequence)
    _items_are_their_owners(sequence)
    _kinds_of_ids_are_apart(sequence)
    walks.all_limits(sequence)
    for number, item in enumerate(middle_first(sequence.model.live())):
        delete(sequence, item, settled=number == 0)
    _session_of_the_dead_refuses(sequence)
    sequence.say("compare the libraries with those before the sequence")
    sequence.agree(sequence.main, settled=True)


def _open_sessions_refuse(sequence: Sequence) -> None:
    """Open sessions refuse strangers, missing keys and a complete without their file."""
    model, world = sequence.model, sequence.world
    for who in _others(sequence):
        sequence.say(f"complete every open session {_as(who)}")
        turns = [
            (session, None if who is None else world.stranger(session.upload.caller))
            for session in model.open_sessions()
        ]
        unwanted = parallel(lambda turn: sequence.complete_as(*turn), turns)
        sequence.agree(sequence.main, unwanted[-1] if unwanted else effects.READ)
    bare = [one for one in model.open_sessions() if one.stored is Stored.NOTHING]
    if bare:
        sequence.say("complete every session that has no file")
        parallel(sequence.complete_in_vain, bare)
        sequence.agree(bare[0].upload.caller, effects.refusal(REFUSALS[Stored.NOTHING]))


def _wrong_objects_refuse(sequence: Sequence) -> None:
    """A session refuses an empty object in one sequence, and one of another type in the next."""
    what = (Stored.EMPTY, Stored.FOREIGN)[sequence.number % 2]
    caller = sequence.main
    sequence.say(f"open an upload as {caller}, store {what}, and complete it")
    session = sequence.open(sequence.next_type(), caller)
    if sequence.store_another(session, what):
        sequence.complete_in_vain(session)
    else:
        session.lost = True  # the storage refused it, which is as good
    sequence.agree(caller, effects.refusal(REFUSALS[what]))


def _completed_sessions_refuse(sequence: Sequence) -> None:
    """Every session that was completed refuses a second complete, and its item stays."""
    sequence.say("complete the session of every item again")
    uploads = [item.session.upload for item in sequence.model.live()]
    complete = sequence.world.api.complete_upload
    for answer in parallel(lambda upload: complete(upload.id, caller=upload.caller), uploads):
        sequence.refused(answer, "FH-COMPLETE-08")
    sequence.agree(sequence.main, effects.refusal("FH-COMPLETE-08"), settled=True)


def _items_are_their_owners(sequence: Sequence) -> None:
    """Items are fetched by their owner alone, with their bytes; others delete nothing."""
    live = sequence.model.live()
    others = _others(sequence)
    sequence.say("fetch every item as its owner, with its file, and as somebody else")
    turns = [(item, others[number % len(others)]) for number, item in enumerate(live)]
    parallel(lambda turn: _fetched_by_all(sequence, *turn), turns)
    with suppress(LockedOut):
        _nothing_without_a_key(sequence)
    for who in others:
        item = live[-1] if who is None else live[0]
        sequence.say(f"delete {item.id} {_as(who)}")
        with suppress(LockedOut):
            unwanted = sequence.delete_as(item, _somebody(sequence, item, who))
            sequence.agree(item.caller, unwanted)
            reread(sequence.world, sequence.model, item, unwanted.bytes)


def _fetched_by_all(sequence: Sequence, item: Item, other: str | None) -> None:
    """Fetch an item as its owner, with its file, and as somebody else."""
    sequence.look(item)
    reread(sequence.world, sequence.model, item, _PERMANENT)
    with suppress(LockedOut):
        sequence.fetch_as(item, _somebody(sequence, item, other))


def _nothing_without_a_key(sequence: Sequence) -> None:
    """Create and list give nothing to a request without a key."""
    api, kind = sequence.world.api, sequence.next_type()
    sequence.say(f"create an upload of {kind} and list without a key")
    created, listed = together(
        partial(api.create_upload, unique_filename(kind), kind, caller=None),
        partial(api.list_media, caller=None),
    )
    sequence.nothing_given(created, "FH-AUTH-01")
    sequence.nothing_given(listed, "FH-AUTH-03")


def _kinds_of_ids_are_apart(sequence: Sequence) -> None:
    """The id of an item is not a session, and the id of an open session is not an item."""
    live = sequence.model.live()
    item = live[len(live) // 2]
    session = sequence.open(sequence.next_type(), item.caller)
    looks: list[Callable[[], None]] = []
    if is_of_one_thing(item.id):
        sequence.say(f"complete {item.id} as if it were a session")
        looks.append(partial(_is_no_session, sequence, item))
    if is_of_one_thing(session.upload.id):
        sequence.say(f"fetch the open session {session.upload.id} as if it were an item")
        looks.append(partial(_is_no_item, sequence, session))
    together(*looks)
    session.lost = True  # nothing more is done with it


def _is_no_session(sequence: Sequence, item: Item) -> None:
    answer = sequence.world.api.complete_upload(item.id, caller=item.caller)
    sequence.refused(answer, _UNKNOWN_SESSION)


def _is_no_item(sequence: Sequence, session: Session) -> None:
    upload = session.upload
    answer = sequence.world.api.get_media(upload.id, caller=upload.caller)
    if answer.response is not None:
        with precondition(_UNKNOWN_MEDIA):
            expect.not_accepted(answer)


def _session_of_the_dead_refuses(sequence: Sequence) -> None:
    """The session of a deleted item refuses also after a new PUT of its file."""
    item, world = sequence.model.dead()[-1], sequence.world
    upload = item.session.upload
    sequence.say(f"store a file in {upload.id} again, whose item is deleted, and complete it")
    # The new file is not an object that the delete should have removed.
    _forgive(sequence, item)
    world.storage.put(upload.url, upload.body, upload.content_type)
    sequence.complete_in_vain(item.session)
    sequence.agree(item.caller, effects.refusal("FH-COMPLETE-08"), settled=True)


def _forgive(sequence: Sequence, item: Item) -> None:
    places = {*item.objects, item.file_url, sequence.world.key(item.session.upload.url)}
    for place in places:
        sequence.world.owed.pop(place or "", None)


def _others(sequence: Sequence) -> list[str | None]:
    """Return who else may try: nobody, and the other caller if there is one."""
    other = sequence.world.stranger(sequence.main)
    return [None] if other is None else [other, None]


def _somebody(sequence: Sequence, item: Item, who: str | None) -> str | None:
    """Return the caller that an attempt is made as: never the owner."""
    return None if who is None else sequence.world.stranger(item.caller)


def _as(who: str | None) -> str:
    return "without a key" if who is None else "as the other caller"
