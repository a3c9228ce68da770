"""What `conformance list` and `conformance explain` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.conductor import cases
from conformance.console import print_rows
from conformance.profile import Profile, profile_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.console import Console


def print_list(what: str, profile_name: str, console: Console) -> int:
    """Print the requirements, cases, statements, faults or variants of a profile."""
    printers: dict[str, Callable[[Profile], Iterator[tuple[str, ...]]]] = {
        "requirements": _requirements,
        "cases": _cases,
        "statements": _statements,
        "faults": _faults,
        "variants": _variants,
    }
    print_rows(console, printers[what](Profile.load(profile_name)))
    return 0


def _requirements(profile: Profile) -> Iterator[tuple[str, ...]]:
    proven = {requirement for requirement, _ in cases(profile)}
    for row in profile.catalogue:
        state = row.proof.value if row.id in proven or row.proof != "case" else "unproven"
        yield row.id, row.level.value, state, row.title


def _cases(profile: Profile) -> Iterator[tuple[str, ...]]:
    yield from cases(profile)


def _statements(profile: Profile) -> Iterator[tuple[str, ...]]:
    for statement in profile.statements:
        covered = ", ".join(statement.requirements) or f"promises nothing: {statement.reason}"
        yield f"{statement.section} {statement.ordinal}", statement.label, covered


def _faults(profile: Profile) -> Iterator[tuple[str, ...]]:
    from conformance.servers.faults import FAULTS  # noqa: PLC0415 - needs the reference extra

    for fault in FAULTS[profile.name]:
        yield fault.name, fault.requirement, fault.sentence


def _variants(profile: Profile) -> Iterator[tuple[str, ...]]:
    from conformance.servers.variants import VARIANTS  # noqa: PLC0415 - needs the reference extra

    for variant in VARIANTS[profile.name]:
        yield variant.name, variant.sentence


def print_requirement(requirement_id: str, console: Console) -> int:
    """Print everything the catalogue says of one requirement; unknown ids are a `UsageProblem`."""
    profile = profile_of(requirement_id)
    row = profile.catalogue[requirement_id]
    proving = [case for requirement, case in cases(profile) if requirement == row.id]
    pairs = {
        f"{row.id} ({row.level.value})": row.title,
        "promise": row.statement,
        "source": str(row.source),
        "operation": row.operation,
        "needs": ", ".join(row.needs),
        "our reading": row.note,
        "why no case proves it": row.reason,
        "proven by": "\n".join(proving),
    }
    for title, text in pairs.items():
        if text:
            console.print(Text(f"{title}: ", style="bold").append(text, style="not bold"))
    return 0
