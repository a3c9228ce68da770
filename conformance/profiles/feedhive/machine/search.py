"""Searches a sequence after which the server differs from the model, and shortens it.

The first sequence has no move: it is the prologue and the epilogue alone. Every further one has
moves that the seed draws. A failing sequence is played again without some of its moves, as
often as the effort allows; the shortest that still fails is reported, with its steps.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import HypothesisException

from conformance.harness.drawing import drawing, not_drawing
from conformance.harness.lag import GONE_BOUND_S, Watch
from conformance.harness.sequences import too_little, with_steps
from conformance.judge.finding import Blocked, Finding, Violation, precondition
from conformance.profiles.feedhive.machine import agreement, epilogue, files, moves, prologue
from conformance.profiles.feedhive.machine.sequence import Sequence
from conformance.profiles.feedhive.machine.world import UNAUTHORIZED, Doubt, refused_key

if TYPE_CHECKING:
    from conformance.profiles.feedhive.machine.moves import Move
    from conformance.profiles.feedhive.machine.world import World

#: A case that did less of one kind than this proves nothing.
NEEDS = {"completed media": 5, "deletes": 3, "pages of the list": 1}
#: How often a failing sequence is played again at most, and for how many seconds.
REPLAYS = 12
_REPLAYS_S = 45.0
_BYTES = "FH-DELETE-06"

Moves = tuple["Move", ...]


@dataclass
class Played:
    """A sequence that was played: its moves, what it found, and its steps in words."""

    moves: Moves
    finding: Finding | None = None
    steps: list[str] = field(default_factory=list)

    @property
    def length(self) -> int:
        """How many moves it has."""
        return len(self.moves)


class Search:
    """Plays sequences against one world, each only once, and keeps the shortest failing one."""

    def __init__(
        self, world: World, replays: int = REPLAYS, first: int = 0, *, plain: bool = True
    ) -> None:
        self.world = world
        self._replays = replays
        self._first = first
        self._played: dict[Moves, Played] = {} if plain else {(): Played(())}
        self._failed_at: float | None = None
        self._number = 0
        self._since = 0
        self.shortest: Played | None = None
        self.limit: Blocked | None = None

    def play(self, drawn: Moves) -> None:
        """Play a sequence; raises what it found. A known one is not played again."""
        drawn = _without_rests(drawn)
        known = self._played.get(drawn)
        if known is None:
            if self._is_over():
                return
            known = self._played[drawn] = self._new(drawn)
        if known.finding is not None:
            raise known.finding

    def _is_over(self) -> bool:
        """Whether a failing sequence was played again often enough."""
        if self._failed_at is None or self.shortest is None:
            return False
        if not self.shortest.length:
            return True  # there is nothing to leave out
        self._since += 1
        return self._since > self._replays or time.monotonic() - self._failed_at > _REPLAYS_S

    def _new(self, drawn: Moves) -> Played:
        """Play a new sequence; after the first that fails, play it without moves at once."""
        failed_before = self._failed_at is not None
        # A repetition keeps the number, which chooses the types and the callers.
        number = self._number if failed_before else len(self._played)
        played = self._tried(drawn, number)
        if played.finding is not None and not failed_before:
            self._failed_at, self._number = time.monotonic(), number
            if drawn and self._replays:
                self._played[()] = self._tried((), number)
        return played

    def _tried(self, drawn: Moves, number: int) -> Played:
        played = Played(drawn)
        self.world.harness.transcript.begin_part()
        try:
            sequence = Sequence(self.world, self._first + number)
            played.steps = sequence.steps
            play(sequence, drawn)
        except Doubt:
            self.world.done["sequences in doubt"] += 1
        except Finding as finding:
            limit = limit_behind(self.world, finding)
            if limit is not None:
                self.limit = limit  # of the run or of the server: it proves nothing
            else:
                played.finding = finding
                if self.shortest is None or played.length < self.shortest.length:
                    self.shortest = played
        return played


def limit_behind(world: World, finding: Finding) -> Blocked | None:
    """Return the limit of the run or of the server that stopped a sequence, if it was one.

    A key that has expired is a limit too: then the server refuses it everywhere.
    """
    violation = finding.violation if isinstance(finding, Blocked) else finding
    if not isinstance(violation, Violation):
        return finding if isinstance(finding, Blocked) else None
    exchange = violation.exchange
    if exchange is None or exchange.status != UNAUTHORIZED or not exchange.request.caller:
        return None
    again = world.api.list_media(limit=1, caller=exchange.request.caller)
    return refused_key() if again.status == UNAUTHORIZED else None


def play(sequence: Sequence, drawn: Moves) -> None:
    """Play one sequence: the prologue, its moves and the epilogue; raises the first finding."""
    prologue.play(sequence)
    for move in drawn:
        moves.play(sequence, move)
    epilogue.play(sequence)


def _without_rests(drawn: Moves) -> Moves:
    return tuple(move for move in drawn if move.name != "rest")


def search(
    world: World,
    *,
    seed: int,
    examples: int,
    replays: int = REPLAYS,
    first: int = 0,
    plain: bool = True,
) -> Finding | None:
    """Search a sequence after which the server differs from the model.

    Args:
        world: What the sequences act with.
        seed: The seed of the search.
        examples: How many sequences to play.
        replays: How often a failing sequence is played again, to shorten it.
        first: The number of the first sequence, with which its types and callers begin.
        plain: Whether the first sequence has no moves; otherwise another case plays that one.

    Returns:
        The finding, with the steps as its notes; None when all sequences agree. `Blocked`
        with the counts when the sequences did less than `NEEDS`.
    """
    found = Search(world, replays, first, plain=plain)
    bounds = settings(
        max_examples=examples if plain else examples + 1,  # the first draws no move
        phases=(Phase.generate, Phase.shrink),
        verbosity=Verbosity.quiet,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    @seeded(seed)
    @bounds
    @given(moves.drawn())
    def sequences(drawn: Moves) -> None:
        with not_drawing():
            found.play(drawn)

    try:
        with drawing():
            sequences()
    except (Finding, HypothesisException, ExceptionGroup):
        if found.shortest is None:
            raise
    if found.shortest is not None and found.shortest.finding is not None:
        return with_steps(found.shortest.finding, found.shortest.steps)
    return _kept_bytes(world) or too_little(world.done, NEEDS, found.limit)


def _kept_bytes(world: World) -> Finding | None:
    """Return the finding of objects that deletes left in the bucket, after the named wait.

    They are looked for at the end, so that the wait overlaps with the sequences.
    """
    if not world.owed:
        return None

    def gone() -> bool:
        files.forget_emptied(world, agreement.listing(world))
        return not world.owed

    latest = max(one.since for one in world.owed.values())
    if Watch({_BYTES: gone}, latest + GONE_BOUND_S - time.monotonic()).lag(_BYTES).happened:
        return None
    kept = next((one for one in world.owed.values() if one.serves), None)
    if kept is None:
        return None
    wanted = f"the objects of a deleted item to be gone within {GONE_BOUND_S:.0f} seconds"
    try:
        with precondition(_BYTES):
            raise Violation(wanted, f"the file of {kept.words} is still there: {kept.place}")
    except Blocked as finding:
        return with_steps(finding, kept.steps)
