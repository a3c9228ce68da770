"""The lifecycle as a state machine: any sequence of operations, compared with a model.

The model knows the sessions, the object of each, and the media that must exist for each
caller. After each step the server is compared with the model, for everything that the run
created; hypothesis shortens a failing sequence. A step that breaks another requirement of
the catalogue is reported under that requirement.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from hypothesis.stateful import precondition as when

from conformance.harness.retry import AnswerLost, even_if_lost, lost
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation
from conformance.judge.finding import precondition as rule_of
from conformance.profiles.feedhive.library import MAXIMUM_LIMIT, listed_items, page_of, settle
from conformance.profiles.feedhive.lost_answers import found_media
from conformance.profiles.feedhive.upload import RESULTING_TYPES, genuine_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload


#: How many steps a sequence may have.
STEPS = 12
#: A search that did less of one kind than this proves nothing about it.
NEEDS = {"completed media": 3, "deletes": 1, "pages of the list": 1}
#: An item is missing when so many walks do not show it.
_WALKS = 3


class Stored(StrEnum):
    """The object that the storage holds for a session."""

    NOTHING = "nothing"
    GENUINE = "genuine bytes"
    EMPTY = "an empty object"
    FOREIGN = "an object of another type"


#: The requirement that refuses to complete a session, by its object.
_REFUSALS = {
    Stored.NOTHING: "FH-COMPLETE-10",
    Stored.EMPTY: "FH-COMPLETE-11",
    Stored.FOREIGN: "FH-COMPLETE-12",
}


@dataclass
class Session:
    """One upload session in the model."""

    upload: Upload
    stored: Stored = Stored.NOTHING
    spoiled: bool = False
    media_id: str | None = None
    deleted: bool = False


@dataclass
class Model:
    """The state that the server must have, for everything that this run created."""

    sessions: list[Session] = field(default_factory=list)

    def media(self, caller: str) -> dict[str, Session]:
        """Return the media that must exist for a caller, by id."""
        return {
            session.media_id: session
            for session in self.sessions
            if session.media_id and not session.deleted and session.upload.caller == caller
        }


class Lifecycle(RuleBasedStateMachine):
    """Create, store, complete, list, fetch and delete in any order, with one caller or two."""

    api: ClassVar[Api]
    given: ClassVar[Given]
    storage: ClassVar[Storage]
    callers: ClassVar[tuple[str, ...]] = ("main",)
    last_steps: ClassVar[list[str]] = []
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.steps: list[str] = []
        # The last sequence that hypothesis runs is the shortest failing one.
        type(self).last_steps = self.steps

    def _session(self, number: int) -> Session:
        return self.model.sessions[number % len(self.model.sessions)]

    @initialize(content_type=st.sampled_from(sorted(RESULTING_TYPES)), deleted=st.booleans())
    def begin(self, content_type: str, *, deleted: bool) -> None:
        """Start with one completed media, so that every sequence has something to judge."""
        self._create(content_type, 0)
        self.store(number=0, times=1)
        self.complete(number=0)
        if deleted:
            self.delete(number=0)

    @rule(content_type=st.sampled_from(sorted(RESULTING_TYPES)), caller=st.integers(0, 1))
    def create(self, content_type: str, caller: int) -> None:
        """Open a session."""
        self._create(content_type, caller)

    def _create(self, content_type: str, caller: int) -> None:
        name = self.callers[caller % len(self.callers)]
        self.steps.append(f"create an upload of {content_type} as {name}")
        self.model.sessions.append(Session(self.given.created_upload(content_type, caller=name)))

    @rule(number=st.integers(0, 7), times=st.integers(1, 2))
    def store(self, number: int, times: int) -> None:
        """PUT genuine bytes once or twice; after a completion no page promises anything."""
        session = self._session(number)
        for _ in range(times if session.media_id is None else 0):
            self._store_genuine(session)

    def _store_genuine(self, session: Session) -> None:
        """PUT genuine bytes: the first PUT must succeed, and the storage may refuse any other."""
        upload = session.upload
        if session.stored is Stored.NOTHING:
            self.steps.append(f"PUT genuine bytes to {upload.id}")
            self.given.stored(upload)
            session.stored = Stored.GENUINE
            return
        body = genuine_body(upload.content_type)
        exchange = self._try_to_store(session, Stored.GENUINE, body, upload.content_type)
        if exchange is not None and exchange.succeeded:
            upload.body = body
        elif exchange is not None and not exchange.refuses:
            with rule_of("FH-PUT-01"):
                expect.stored(exchange)

    @rule(number=st.integers(0, 7))
    def store_nothing(self, number: int) -> None:
        """PUT an empty body, which the storage may refuse."""
        session = self._session(number)
        self._try_to_store(session, Stored.EMPTY, b"", session.upload.content_type)

    @rule(number=st.integers(0, 7))
    def store_another_type(self, number: int) -> None:
        """PUT a file of another type; the storage refuses it where the type is signed."""
        session = self._session(number)
        wrong = "video/mp4" if session.upload.content_type.startswith("image/") else "image/png"
        self._try_to_store(session, Stored.FOREIGN, genuine_body(wrong), wrong)

    def _try_to_store(
        self, session: Session, what: Stored, body: bytes, content_type: str
    ) -> Exchange | None:
        if session.media_id is not None:
            return None
        try:
            exchange = self.storage.put(session.upload.url, body, content_type)
        except AnswerLost:
            session.spoiled = True  # the storage holds this body or the one before
            return None
        outcome = "is accepted" if exchange.succeeded else "is refused"
        self.steps.append(f"PUT {what} to {session.upload.id}, which {outcome}")
        if exchange.succeeded:
            session.stored = what
        return exchange

    @rule(number=st.integers(0, 7))
    def complete(self, number: int) -> None:
        """Complete a session: it must succeed exactly when it is new and holds genuine bytes.

        After a refusal it is left alone: the page does not say whether such a session is lost.
        """
        session = self._session(number)
        if session.spoiled:
            return
        self.steps.append(f"complete {session.upload.id}, which holds {session.stored}")
        try:
            exchange = self.api.complete_upload(session.upload.id, caller=session.upload.caller)
        except AnswerLost:
            self._learn_what_was_done(session)
            return
        if session.media_id is not None:
            with rule_of("FH-COMPLETE-08"):
                expect.refused(exchange)
        elif session.stored is Stored.GENUINE:
            with rule_of("FH-COMPLETE-01"):
                expect.success(exchange)
                session.media_id = expect.text(exchange, "data", "id")
            self.done["completed media"] += 1
        else:
            session.spoiled = True
            with rule_of(_REFUSALS[session.stored]):
                expect.refused(exchange)

    def _learn_what_was_done(self, session: Session) -> None:
        """Learn whether a complete whose answer got lost made a media; if unclear, leave it."""
        if session.media_id is not None or session.stored is not Stored.GENUINE:
            return
        session.media_id = found_media(self.api, self.storage, session.upload)
        session.spoiled = session.media_id is None

    @when(lambda self: len(self.callers) > 1)
    @rule(number=st.integers(0, 7))
    def complete_for_another(self, number: int) -> None:
        """Complete the session of the other caller: it must be refused in every state."""
        session = self._session(number)
        caller = "other" if session.upload.caller == "main" else "main"
        self.steps.append(f"complete {session.upload.id} as {caller}, who does not own it")
        exchange = even_if_lost(lambda: self.api.complete_upload(session.upload.id, caller=caller))
        with rule_of("FH-COMPLETE-14"):
            expect.refused(exchange)

    @rule(number=st.integers(0, 7))
    def fetch(self, number: int) -> None:
        """Fetch a media, also a deleted one."""
        session = self._session(number)
        if session.media_id is not None:
            self.steps.append(f"get {session.media_id}")
            exchange = self.api.get_media(session.media_id, caller=session.upload.caller)
            with rule_of("FH-DELETE-02" if session.deleted else "FH-GET-01"):
                self._answered_as_modelled(session, exchange)

    @rule(number=st.integers(0, 7))
    def delete(self, number: int) -> None:
        """Delete a media, also a deleted one; the page promises nothing about a second delete."""
        session = self._session(number)
        if session.media_id is not None:
            self.steps.append(f"delete {session.media_id}")
            exchange = even_if_lost(lambda: self._deleted(session))
            if not session.deleted and not lost(exchange):
                with rule_of("FH-DELETE-01"):
                    self._answered_as_modelled(session, exchange)
                self.done["deletes"] += 1
            session.deleted = True

    def _deleted(self, session: Session) -> Exchange:
        return self.api.delete_media(str(session.media_id), caller=session.upload.caller)

    @rule(limit=st.integers(1, 100))
    def list_page(self, limit: int) -> None:
        """List one page with some limit."""
        self.steps.append(f"list with limit {limit}")
        with rule_of("FH-LIST-01"):
            page = page_of(self.api.list_media(limit=limit))
        size = len(page.items)
        with rule_of("FH-LIST-03"):
            expect.that(size <= limit, f"at most {limit} items", f"there are {size}", page.exchange)

    def _answered_as_modelled(self, session: Session, exchange: Exchange) -> None:
        if session.deleted:
            expect.refused(exchange)
            return
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), session.media_id, "`data.id`", exchange)

    @invariant()
    def library_agrees(self) -> None:
        """The list shows the media of the model, and none that the model deleted."""
        for caller in self.callers:
            shown = self._shown(caller)
            missing = set(self.model.media(caller)) - shown
            with rule_of("FH-COMPLETE-03"):
                expect.that(
                    not missing,
                    "every completed media to be listed",
                    f"{_names(missing)} is missing",
                )
            gone = {s.media_id for s in self.model.sessions if s.deleted} & shown
            with rule_of("FH-DELETE-03"):
                expect.that(not gone, "no deleted media in the list", f"it has {_names(gone)}")
            foreign = set(self.model.media("other" if caller == "main" else "main")) & shown
            with rule_of("FH-LIST-17"):
                expect.that(
                    not foreign, "no media of the other caller", f"the list has {_names(foreign)}"
                )

    def _shown(self, caller: str) -> set[str]:
        """Return the listed ids: of one page if it has all that the model expects, else of walks.

        One walk may lose an item when other clients change the library; several do not.
        """
        page = page_of(self.api.list_media(limit=MAXIMUM_LIMIT, caller=caller))
        self.done["pages of the list"] += 1
        shown = set(page.ids)
        for _ in range(_WALKS):
            if set(self.model.media(caller)) <= shown:
                break
            settle(self.api)  # a list may lag
            shown = set(listed_items(self.api, caller=caller))
        return shown


def search(
    machine: type[Lifecycle], *, seed: int, examples: int, steps: int = STEPS
) -> Violation | Blocked | None:
    """Search a sequence after which the server differs from the model.

    A server that fails only sometimes makes hypothesis report flakiness: then the first
    finding counts.

    Args:
        machine: The machine, bound to a target.
        seed: The seed of the search.
        examples: How many sequences to try.
        steps: How many steps a sequence may have.

    Returns:
        The finding, with the steps as its notes; None when all sequences agree. `Blocked`
        with the counts when the sequences did less than `NEEDS`.
    """
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.generate, Phase.shrink),
        verbosity=Verbosity.quiet,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.done = Counter()
    try:
        run_state_machine_as_test(seeded(seed)(machine), settings=bounds)
    except (Violation, Blocked) as finding:
        return _with_steps(finding, machine.last_steps)
    except (FlakyFailure, ExceptionGroup) as flaky:
        for part in flaky.exceptions:
            if isinstance(part, Violation | Blocked):
                return _with_steps(part, machine.last_steps)
        raise
    return too_little(machine.done)


def too_little(done: Mapping[str, int]) -> Blocked | None:
    """Return the `Blocked` of a search that did less than it needs, with the counts."""
    lacking = [
        f"{done.get(kind, 0)} {kind} of the {least} that it needs"
        for kind, least in NEEDS.items()
        if done.get(kind, 0) < least
    ]
    if not lacking:
        return None
    return Blocked(limit=f"the search had {', '.join(lacking)}: use --effort thorough")


def _with_steps(finding: Violation | Blocked, steps: list[str]) -> Violation | Blocked:
    for number, step in enumerate(steps, 1):
        finding.add_note(f"{number}. {step}")
    return finding


def _names(ids: set[str] | set[str | None]) -> str:
    return ", ".join(sorted(filter(None, ids)))
