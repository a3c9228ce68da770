"""How every sequence begins: with items to lose, and sessions that must survive what follows.

Three uploads of one type and one filename, a namesake of the other caller, an upload of the
next type, one session with its file and one without, and one delete from the middle.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel, together
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.machine import effects
from conformance.profiles.feedhive.machine.files import reread
from conformance.profiles.feedhive.machine.sequence import ROUND

if TYPE_CHECKING:
    from conformance.profiles.feedhive.machine.model import Item, Session
    from conformance.profiles.feedhive.machine.sequence import Sequence

_ALIKE = 3


def play(sequence: Sequence) -> None:
    """Begin a sequence; raises the first finding."""
    content_type, main = ROUND[sequence.number % len(ROUND)], sequence.main
    name = unique_filename(content_type)
    alike = _opened(sequence, content_type, main, name)
    for session in alike:
        finish(sequence, session)
    guest = sequence.guest
    sequence.say(f"open an upload of {content_type} with the same filename as {guest}")
    namesake = sequence.open(content_type, guest, name)
    sequence.agree(guest, effects.CREATE)
    finish(sequence, namesake)
    sequence.say(f"open an upload of the next type as {main}, and store its file")
    sequence.store(sequence.open(sequence.next_type(), main))
    sequence.say(f"open an upload of the next type as {guest}")
    sequence.open(sequence.next_type(), guest)
    middle = alike[1].item
    if middle is not None:
        delete(sequence, middle)


def _opened(sequence: Sequence, content_type: str, caller: str, name: str) -> list[Session]:
    sequence.say(f"open {_ALIKE} uploads of {content_type} with one filename as {caller}")
    alike = parallel(lambda _: sequence.open(content_type, caller, name), range(_ALIKE))
    sequence.agree(caller, effects.CREATE)
    return alike


def finish(sequence: Sequence, session: Session) -> Item | None:
    """Store and complete, as one step: the item is there, and nothing else has changed."""
    upload = session.upload
    how = "complete" if session.upload.body else "store the file and complete"
    sequence.say(f"{how} {upload.id} of {upload.caller} ({upload.content_type})")
    item = sequence.finish(session)
    sequence.look_and_agree(upload.caller, [item] if item else [])
    return item


def delete(sequence: Sequence, item: Item, *, settled: bool = False) -> None:
    """Delete an item as one step: it is gone, and its session and its neighbours stay."""
    caller = item.caller
    sequence.say(f"delete {item.id} of {caller}")
    order = sequence.model.live(caller)
    place = order.index(item)
    sequence.delete(item)
    agree = partial(sequence.agree, caller, effects.DELETE, settled=settled)
    together(partial(sequence.gone, item), partial(sequence.stays_completed, item), agree)
    # Its neighbours in the list: the one that came next, or else the one before.
    neighbours = [*order[place + 1 : place + 2], *order[:place][-1:]]
    for neighbour in neighbours[:1]:
        reread(sequence.world, sequence.model, neighbour, effects.DELETE.bytes)
