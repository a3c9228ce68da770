"""Random sequences of operations: how a state machine is searched, shortened and reported.

Hypothesis draws the sequences by a seed, and shortens a failing one. A server remembers what
earlier sequences did, so that a shorter sequence may not fail again. So the log keeps the
shortest sequence that did fail, and the search ends after a bounded number of further ones.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, reject, settings
from hypothesis import seed as seeded
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.harness.drawing import drawing
from conformance.judge.finding import Blocked, Finding, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.harness.transcript import Transcript

#: How many sequences are tried after the first failing one, to find a shorter one.
MOST_REPLAYS = 12


@dataclass
class Log:
    """What the sequences of one search did, and the shortest one that failed.

    `done` counts what they did, by the words of `needs`: the least that shows anything. `limit`
    is what stopped a sequence without blaming the server; `noticed` are the rows that the
    sequences saw broken besides, each of which is reported once.
    """

    transcript: Transcript
    needs: Mapping[str, int]
    done: Counter[str] = field(default_factory=Counter)
    finding: Finding | None = None
    steps: list[str] = field(default_factory=list)
    limit: Blocked | None = None
    noticed: set[str] = field(default_factory=set)
    _replays: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether no further sequence is tried."""
        return self._replays > MOST_REPLAYS

    def begun(self) -> None:
        """Note that a sequence begins: it needs nothing of what was sent before."""
        self._replays += self.finding is not None
        self.transcript.begin_part()

    def failed(self, finding: Finding, steps: list[str]) -> None:
        """Keep a failing sequence if it is the first one, or a shorter one of the same defect."""
        again = self.finding is not None
        if again and (row_of(finding) != row_of(self.finding) or len(steps) > len(self.steps)):
            return
        self.finding, self.steps = finding, list(steps)

    def result(self) -> Finding | None:
        """Return the finding of the search, with its steps as notes.

        `Blocked` when the sequences did less than they need, by the limit that stopped them or
        with the counts; None when all is well.
        """
        if self.finding is None:
            return too_little(self.done, self.needs, self.limit)
        return with_steps(self.finding, self.steps)


class Sequence:
    """One sequence whose steps are logged; a subclass is bound to a log and a target."""

    log: ClassVar[Log]

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        #: Whether a finding, or the bound of the search, ended the sequence.
        self.over = self.log.exhausted
        #: Whether a limit stopped it: then nothing new is made, and what was made is judged.
        self.stopped = False
        self.log.begun()

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """Do one step; a violation ends the sequence, a limit of the run only stops it.

        Args:
            words: What the step does, as a reader would repeat it.
        """
        self.steps.append(words)
        try:
            yield
        except Finding as finding:
            if isinstance(finding, Blocked) and finding.violation is None:
                self.stopped, self.log.limit = True, finding
                return
            if not self.over:
                self.log.failed(finding, self.steps)
            self.over = True
            raise

    @contextmanager
    def check(self, words: str) -> Iterator[None]:
        """Do what follows every step: it is named only when it finds something."""
        with self.step(words):
            yield
        self.steps.pop()


class RandomSequence(Sequence, RuleBasedStateMachine):
    """A sequence that hypothesis draws: its rules are the subclass's."""

    def begin_or_reject(self) -> None:
        """Reject the sequence when the search has tried enough of them."""
        if self.over:
            reject()


def search(
    machine: type[RandomSequence], *, seed: int, examples: int, steps: int
) -> Finding | None:
    """Search a sequence after which the server differs from the model.

    Args:
        machine: The machine, bound to a log and a target.
        seed: The seed of the search.
        examples: How many sequences to try.
        steps: How many rules a sequence has at most.

    Returns:
        The finding of the log.
    """
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps + 1,  # the beginning counts as one
        phases=(Phase.generate, Phase.shrink),
        verbosity=Verbosity.quiet,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        with drawing():
            run_state_machine_as_test(seeded(seed)(machine), settings=bounds)
    except Finding:
        pass  # the log has it
    except (Flaky, ExceptionGroup):
        if machine.log.finding is None:
            raise
    return machine.log.result()


def row_of(finding: Finding | None) -> str | None:
    """Return the requirement that a finding is about, or None for that of the running case."""
    violation = finding.violation if isinstance(finding, Blocked) else finding
    return violation.requirement if isinstance(violation, Violation) else None


def with_steps(finding: Finding, steps: list[str]) -> Finding:
    """Return the finding with its steps as numbered notes."""
    # The evidence is made of the violation inside a `Blocked`.
    noted = getattr(finding, "violation", None) or finding
    noted.__notes__ = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    return finding


def too_little(
    done: Mapping[str, int], needs: Mapping[str, int], limit: Blocked | None = None
) -> Blocked | None:
    """Return why a search that did less than it needs proves nothing.

    Args:
        done: How often each kind of thing was done.
        needs: How often each kind has to be done at least.
        limit: What stopped the search without blaming the server, if anything did.

    Returns:
        The limit, or else a `Blocked` with the counts; None when the search did enough.
    """
    lacking = [
        f"{done.get(kind, 0)} {kind} of the {least} that it needs"
        for kind, least in needs.items()
        if done.get(kind, 0) < least
    ]
    if not lacking:
        return None
    return limit or Blocked(limit=f"the search had {', '.join(lacking)}: use --effort thorough")
