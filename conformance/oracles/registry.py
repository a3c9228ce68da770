"""The oracles of a profile, each registered by a decorator with the rows that it judges.

    ORACLES = Registry()

    @ORACLES.of_answers("FH-LIST-04")
    def page_holds_at_most_a_hundred(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
        \"\"\"A page never holds more than a hundred items.\"\"\"

The docstring's first line is the documentation of the oracle. An oracle yields one judgement
for each thing that it could judge, and nothing where it does not know enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.knowledge.event import Event
from conformance.knowledge.knowledge import Knowledge
from conformance.model.profile import Profile
from conformance.oracles.finding import Judgement
from conformance.problem import KitFault

if TYPE_CHECKING:
    from conformance.knowledge.facts import Act

OfAnswers = Callable[[Knowledge, Event], Iterator[Judgement]]
OfLibraries = Callable[[Knowledge], Iterator[Judgement]]
F = TypeVar("F", bound=Callable[..., Iterator[Judgement]])


@dataclass(frozen=True)
class Oracle:
    """One oracle: its name, its sentence, and the requirements that it judges.

    `of_answer` judges an answer as soon as it came. `of_library` judges at the end what needs
    the whole stream; its findings are withdrawn if other clients change the library.
    `hindsight` says that an answer is judged again at the end, where what came later is needed
    to know what was there. `joins` says that an oracle is asked once more where the streams of
    several processes are joined: it needs facts, and no body.
    """

    name: str
    sentence: str
    requirements: tuple[str, ...]
    acts: frozenset[Act]
    of_answer: OfAnswers | None = None
    of_library: OfLibraries | None = None
    needs_quiet: bool = False
    hindsight: bool = False
    joins: bool = False

    def hears(self, event: Event) -> bool:
        """Whether the oracle judges answers of this kind."""
        return not self.acts or event.asked.act in self.acts


class Registry:
    """The oracles of a profile, in the order of their registration."""

    def __init__(self) -> None:
        self.oracles: list[Oracle] = []

    @classmethod
    def joined(cls, *parts: Registry) -> Registry:
        """Return one registry with the oracles of several."""
        whole = cls()
        for part in parts:
            for oracle in part.oracles:
                whole.add(oracle)
        return whole

    def of_answers(
        self,
        *requirements: str,
        acts: tuple[Act, ...] = (),
        hindsight: bool = False,
        joins: bool = False,
    ) -> Callable[[F], F]:
        """Register an oracle of single answers.

        Args:
            requirements: The rows that it judges.
            acts: The operations whose answers it judges; all without any.
            hindsight: Whether it judges the pages of lists by what is certainly alive.
            joins: Whether it compares things that two processes may have made, by facts alone.
        """

        def register(function: F) -> F:
            self._add(
                function,
                requirements,
                acts=frozenset(acts),
                of_answer=function,
                hindsight=hindsight,
                joins=joins,
            )
            return function

        return register

    def of_libraries(self, *requirements: str, needs_quiet: bool = True) -> Callable[[F], F]:
        """Register an oracle of the whole stream.

        `needs_quiet` says that other clients of the library make it silent. Then one process of
        several cannot judge either, and their streams are joined.
        """

        def register(function: F) -> F:
            self._add(
                function,
                requirements,
                of_library=function,
                needs_quiet=needs_quiet,
                joins=needs_quiet,
            )
            return function

        return register

    def _add(self, function: F, requirements: tuple[str, ...], **options: object) -> None:
        sentence = (function.__doc__ or "").strip().partition("\n")[0]
        name = function.__name__.replace("_", "-")
        if not sentence or not requirements:
            raise KitFault(f"the oracle {name} needs a docstring and a requirement")
        members: dict[str, Any] = {"acts": frozenset(), **options}
        self.add(Oracle(name, sentence, requirements, **members))

    def add(self, oracle: Oracle) -> None:
        """Add an oracle; raise `KitFault` if there is one of this name."""
        if any(one.name == oracle.name for one in self.oracles):
            raise KitFault(f"the oracle {oracle.name} is defined twice")
        self.oracles.append(oracle)


def oracles_of(profile: str) -> list[Oracle]:
    """Return the oracles of a profile, in the order of the catalogue's operations."""
    found: Registry = Profile.load(profile).module("oracles").ORACLES
    return found.oracles
