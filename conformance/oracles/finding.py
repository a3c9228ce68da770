"""What an oracle says: that an answer agrees with what is known, or how it contradicts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from conformance.knowledge.event import Event


@dataclass(frozen=True)
class Finding:
    """A contradiction: the row it breaks, the thing it is about, and the two answers.

    Args:
        requirement: The id of the requirement.
        thing: What it is about, for example the id of a media: each oracle reports each thing
            once for each requirement.
        expected: What was expected, in words that follow "expected".
        actual: What came instead.
        event: The request and answer that show it.
        against: The earlier request and answer that it contradicts, if there is one.
        confuses: Whether two things are one now, so that nothing else is judged of it.
    """

    requirement: str
    thing: Hashable
    expected: str
    actual: str
    event: Event
    against: Event | None = None
    confuses: bool = False


@dataclass(frozen=True)
class Agreement:
    """Something was judged, and nothing is wrong: the rows that it speaks for, perhaps none."""

    requirements: tuple[str, ...] = ()


#: An oracle yields this when it judged something and found nothing wrong. It speaks for the row
#: of an oracle that has only one.
AGREES = None

#: What an oracle yields for each thing that it judged.
Judgement = Finding | Agreement | None


def agrees_on(*requirements: str) -> Agreement:
    """Return the judgement that nothing is wrong, for an oracle that has several rows."""
    return Agreement(requirements)
