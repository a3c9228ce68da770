"""One sequence: its model, its steps in words, and the single acts that every intention uses.

An act sends what it must, judges the answer, and keeps the model. It raises the first finding
as `Blocked` by the requirement that is broken, and `Doubt` where an answer was lost.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel, together
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.machine import agreement, blame, effects, files
from conformance.profiles.feedhive.machine.comparison import Step
from conformance.profiles.feedhive.machine.model import REFUSALS, Model, Session, Stored, Touch
from conformance.profiles.feedhive.machine.world import Doubt, certain
from conformance.profiles.feedhive.upload import RESULTING_TYPES, Media, genuine_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.machine.effects import Effects
    from conformance.profiles.feedhive.machine.model import Item
    from conformance.profiles.feedhive.machine.world import World

#: The types go round from one sequence to the next, and from one upload to the next.
ROUND = (
    *("image/gif", "image/png", "video/mp4", "image/jpeg"),
    *("video/mov", "image/jpg", "video/quicktime"),
)
#: The requirement of the type of an item, by its declared type.
_TYPE_ROWS = {name: f"FH-GET-{number:02}" for number, name in enumerate(RESULTING_TYPES, 2)}


class Sequence:
    """A sequence against one target: the acts, and the comparison after each step."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world = world
        self.number = number
        self.model = Model()
        self.steps: list[str] = []
        self._opened = 0
        found = parallel(lambda caller: agreement.found(world, caller), world.callers)
        self.model.found.update(zip(world.callers, found, strict=True))

    @property
    def main(self) -> str:
        """The caller who does most: each of two in turn."""
        return self.world.callers[self.number % len(self.world.callers)]

    @property
    def guest(self) -> str:
        """The other caller; the same one where there is only one."""
        return self.world.stranger(self.main) or self.main

    def next_type(self) -> str:
        """Return the next type of the round."""
        self._opened += 1
        return ROUND[(self.number + self._opened) % len(ROUND)]

    def say(self, words: str) -> None:
        """Note a step in words."""
        self.steps.append(words)

    def agree(
        self,
        caller: str,
        done: Effects = effects.READ,
        made: tuple[Item, ...] = (),
        *,
        settled: bool = False,
    ) -> dict[str, str] | None:
        """Compare the whole state with the model, after a step of a caller.

        Args:
            caller: Who did the step.
            done: The requirements that unwanted effects of the step break.
            made: The items that the step made.
            settled: As for `agreement.agree`.

        Returns:
            As `agreement.agree`.

        Raises:
            Blocked: By the requirement that the first difference breaks.
        """
        words = self.steps[-1] if self.steps else "none"
        step = Step(words, caller, done, frozenset(item.id for item in made))
        return agreement.agree(self.world, self.model, step, settled=settled)

    # Acts of an owner

    def open(self, content_type: str, caller: str, filename: str | None = None) -> Session:
        """Open a session."""
        upload = self.world.given.created_upload(content_type, filename, caller=caller)
        session = Session(upload)
        self.model.sessions.append(session)
        return session

    def store(self, session: Session) -> None:
        """PUT a new genuine file; the storage must take the first one of a URL."""
        upload, body = session.upload, genuine_body(session.upload.content_type)
        exchange = self.world.storage.put(upload.url, body, upload.content_type)
        if session.stored is Stored.NOTHING or not exchange.refuses:
            with precondition("FH-PUT-01"):
                expect.stored(exchange)
        if exchange.succeeded:
            self.model.sent(session, body)
            session.stored = Stored.GENUINE

    def complete(self, session: Session) -> Item | None:
        """Complete a session that holds its file; None if a SHOULD that it broke was noted."""
        upload = session.upload
        exchange = certain(self.world.api.complete_upload(upload.id, caller=upload.caller))
        if exchange.refuses and session.touched:
            session.lost = True
            blame.find(self, session, exchange)
            return None
        with precondition("FH-COMPLETE-01"):
            expect.success(exchange)
            media_id = expect.text(exchange, "data", "id")
        known = self.model.item(media_id)
        if known is not None and known.alive:
            with precondition("FH-COMPLETE-01"):
                expect.violated("an id of its own", f"{media_id} is that of another item", exchange)
        self.world.done["completed media"] += 1
        return self.model.completed(session, media_id)

    def finish(self, session: Session) -> Item | None:
        """Store the file of a session if it has none, and complete it."""
        if session.stored is Stored.NOTHING:
            self.store(session)
        return self.complete(session)

    def look_and_agree(self, caller: str, made: Iterable[Item]) -> None:
        """Look at new items of a caller, and compare the whole state, all at the same time."""
        items = tuple(made)

        def look(item: Item) -> None:
            self.look(item, "FH-COMPLETE-02")

        def agree() -> dict[str, str] | None:
            return self.agree(caller, effects.COMPLETE, items)

        *_, objects = together(*(partial(look, item) for item in items), agree)
        for item in items if objects else ():
            item.take_over(objects or {})  # only the look showed which objects it has

    def look(self, item: Item, row: str = "FH-GET-01") -> Exchange:
        """Fetch an item as its owner, judge its type, and read its file once."""
        exchange = certain(self.world.api.get_media(item.id, caller=item.caller))
        media = Media(item.id, item.session.upload)
        with precondition(row), self.world.given.causes.of_failed_get(media, exchange):
            expect.success(exchange)
            expect.equal(exchange.at("data", "id"), item.id, "`data.id`", exchange)
        declared, kind = item.session.upload.content_type, exchange.at("data", "type")
        if isinstance(kind, str):
            with precondition(_TYPE_ROWS[declared]):
                expect.equal(kind, RESULTING_TYPES[declared], "`data.type`", exchange)
        files.keep_files(self.world, self.model, item, exchange)
        return exchange

    def delete(self, item: Item, *, by: Callable[[str], Exchange] | None = None) -> Exchange | None:
        """Delete an item as its owner, first by another way if there is one.

        Returns:
            The refusal of the other way, if that was refused and the usual one was not.
        """
        media, refusal = Media(item.id, item.session.upload), None
        places = files.places(self.world, self.model, item)
        exchange = by(item.id) if by else None
        if exchange is None or not exchange.succeeded:
            refusal = exchange
            exchange = self.world.api.delete_media(item.id, caller=item.caller)
        certain(exchange)
        with precondition("FH-DELETE-01"):
            with self.world.given.causes.of_failed_delete(media, exchange):
                expect.success(exchange)
            expect.equal(exchange.at("data", "id"), item.id, "`data.id`", exchange)
        self.model.deleted(item)
        self.world.done["deletes"] += 1
        self.world.owe(places, item.id, self.steps)
        return refusal

    # Requests that must be refused

    def refused(self, exchange: Exchange, row: str) -> None:
        """Judge that an owner's request was refused; raises `Doubt` where no answer came."""
        if exchange.response is None:
            raise Doubt(exchange.summary())
        with precondition(row):
            expect.refused(exchange)

    def nothing_given(self, exchange: Exchange, row: str) -> None:
        """Judge that a request of somebody else got no success and nothing of the item."""
        if exchange.response is not None:
            with precondition(row):
                observe.nothing_given(exchange)

    def complete_in_vain(self, session: Session) -> None:
        """Complete a session as its owner, twice: it must be refused."""
        row = "FH-COMPLETE-08" if session.item else REFUSALS[session.stored]
        for _ in range(2):
            exchange = self.world.api.complete_upload(
                session.upload.id, caller=session.upload.caller
            )
            self.refused(exchange, row)
        session.touch(Touch.EARLY)

    def complete_as(self, session: Session, caller: str | None) -> Effects:
        """Complete a session as somebody else; return the effects that this must not have."""
        row = "FH-AUTH-02" if caller is None else "FH-COMPLETE-14"
        self.nothing_given(self.world.api.complete_upload(session.upload.id, caller=caller), row)
        session.touch(Touch.NOBODY if caller is None else Touch.STRANGER)
        return effects.refusal(row)

    def delete_as(self, item: Item, caller: str | None) -> Effects:
        """Delete an item as somebody else; return the effects that this must not have."""
        row = "FH-AUTH-05" if caller is None else "FH-DELETE-10"
        self.nothing_given(self.world.api.delete_media(item.id, caller=caller), row)
        return effects.refusal(row)

    def fetch_as(self, item: Item, caller: str | None) -> None:
        """Fetch an item as somebody else."""
        row = "FH-AUTH-04" if caller is None else "FH-GET-12"
        self.nothing_given(self.world.api.get_media(item.id, caller=caller), row)

    def store_another(self, session: Session, what: Stored) -> bool:
        """Store an empty object or a file of another type; return whether it is stored now.

        Where the storage refuses it, the bucket's credentials store it: the server must still
        check the object, which can be replaced in other ways.
        """
        upload, world = session.upload, self.world
        wrong = "video/mp4" if upload.content_type.startswith("image/") else "image/png"
        kind = wrong if what is Stored.FOREIGN else upload.content_type
        body = genuine_body(wrong) if what is Stored.FOREIGN else b""
        stored: bool = world.storage.put(upload.url, body, kind).succeeded
        if not stored and world.bucket is not None:
            world.harness.replace_object(upload.url, body, kind)
            stored = True
        if stored:
            session.stored = what
        return stored

    def stays_completed(self, item: Item) -> None:
        """Judge that the session of a deleted item cannot be completed again."""
        upload = item.session.upload
        again = self.world.api.complete_upload(upload.id, caller=upload.caller)
        self.refused(again, "FH-COMPLETE-08")

    def gone(self, item: Item) -> None:
        """Judge that a deleted item cannot be fetched any more, unless its id was given again."""
        if not self.model.is_gone(item):
            return
        exchange = self.world.api.get_media(item.id, caller=item.caller)
        self.refused(exchange, "FH-DELETE-02")


def words_of(session: Session) -> str:
    """Return how a step names a session."""
    upload = session.upload
    return f"the session {upload.id} of {upload.caller}, which holds {session.stored}"
