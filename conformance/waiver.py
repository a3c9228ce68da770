"""Waivers: failures that their owner knows of, with a reason and, best, an end.

A waiver marks an outcome and changes none. It spares the exit code while it is in force
and the failure is the one that it speaks of.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from conformance.verdict import Evidence, RequirementResult, Run

_NEEDED = ("requirement", "reason")


class State(StrEnum):
    """What a waiver came to in one run."""

    APPLIED = "applied"
    EXPIRED = "expired"
    #: Every case of the requirement was run, and it does not fail.
    STALE = "stale"
    #: The requirement fails, but not in the way that the waiver's `match` names.
    UNMATCHED = "unmatched"
    #: No profile has such a requirement.
    UNKNOWN = "unknown"
    #: This run did not judge the requirement, or not whole: nothing can be said.
    UNJUDGED = "unjudged"

    @property
    def needs_care(self) -> bool:
        """Whether the owner should change the waiver: what `--strict-waivers` fails for."""
        return self not in {State.APPLIED, State.UNJUDGED}


@dataclass(frozen=True)
class Waiver:
    """One `[[waivers]]` table.

    `expires` is the last day (UTC) on which it is in force; `match` a text that each
    failure must hold, in its "expected …, but …" line, for the waiver to speak of it.
    """

    requirement: str
    reason: str
    issue: str = ""
    owner: str = ""
    expires: date | None = None
    match: str = ""

    def expired(self, today: date) -> bool:
        """Say whether its last day is over."""
        return self.expires is not None and today > self.expires

    def speaks_of(self, proof: Evidence) -> bool:
        """Say whether a failure is the one that is waived."""
        return self.match in f"expected {proof.expected}, but {proof.actual}"

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form, the day as ISO 8601 writes it."""
        return {**asdict(self), "expires": self.expires and self.expires.isoformat()}


@dataclass(frozen=True)
class WaiverUse:
    """A waiver and what it came to."""

    waiver: Waiver
    state: State
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form for `report.json`."""
        return {**self.waiver.as_dict(), "state": self.state.value, "note": self.note}


def read_waivers(tables: object) -> tuple[Waiver, ...]:
    """Read the `waivers` of a settings file; what does not fit raises `UsageProblem`."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageProblem("`waivers` of the settings file must hold tables: [[waivers]]")
    return tuple(_read(table, number) for number, table in enumerate(tables, 1))


def _read(table: dict[str, Any], number: int) -> Waiver:
    where = f"waiver {number} of the settings file"
    if table.get("requirement"):
        where += f" ({table['requirement']})"
    names = [field.name for field in fields(Waiver)]
    for name in table:
        if name not in names:
            hint = did_you_mean(name, names) or f"; it may have {', '.join(names)}"
            raise UsageProblem(f"unknown key {name!r} in {where}{hint}")
    texts = {name: _text(value, name, where) for name, value in table.items() if name != "expires"}
    missing = [name for name in _NEEDED if not texts.get(name, "").strip()]
    if missing:
        raise UsageProblem(f"{where} has no {missing[0]}: every waiver names one")
    return Waiver(**texts, expires=_day(table.get("expires"), where))


def _text(value: object, name: str, where: str) -> str:
    if isinstance(value, str):
        return value
    raise UsageProblem(f"{name} of {where} must be a string")


def _day(value: object, where: str) -> date | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise UsageProblem(
            f"expires of {where} is {value!r}: write a day like 2026-12-31"
        ) from None


def apply(
    waivers: Iterable[Waiver],
    run: Run,
    *,
    known: Collection[str],
    left_out: Callable[[], Collection[str]],
    today: date | None = None,
) -> None:
    """Mark the run's results with the waivers that are in force, and say what each came to.

    `known` holds the ids of every profile: one file serves them all, and a waiver for
    another profile is no business of this run. `left_out` names the requirements of
    which some case was not run; it is asked only when a waiver seems stale.
    """
    today = today or datetime.now(UTC).date()
    results = {result.requirement.id: result for result in run.requirements}
    foreign = set(known) - set(results)
    mine = [waiver for waiver in waivers if waiver.requirement not in foreign]
    run.waivers = [_use(waiver, results, left_out, today) for waiver in mine]
    for result in results.values():
        in_force = [
            use.waiver
            for use in run.waivers
            if use.state is State.APPLIED and use.waiver.requirement == result.requirement.id
        ]
        result.waiver = _covering(result, in_force)


def _covering(result: RequirementResult, waivers: list[Waiver]) -> Waiver | None:
    """Return the waiver that marks a result: together they must speak of all its failures."""
    covered = all(any(one.speaks_of(proof) for one in waivers) for proof in result.evidence)
    return waivers[0] if waivers and covered else None


def _use(
    waiver: Waiver,
    results: dict[str, RequirementResult],
    left_out: Callable[[], Collection[str]],
    today: date,
) -> WaiverUse:
    result = results.get(waiver.requirement)
    if result is None:
        hint = did_you_mean(waiver.requirement, results).removeprefix("; ")
        return WaiverUse(waiver, State.UNKNOWN, hint)
    if waiver.expired(today):
        return WaiverUse(waiver, State.EXPIRED, f"its last day was {waiver.expires}")
    if result.evidence:
        spoken = [waiver.speaks_of(proof) for proof in result.evidence]
        if not any(spoken):
            return WaiverUse(waiver, State.UNMATCHED, f"the failure does not hold {waiver.match!r}")
        note = "" if all(spoken) else "the requirement fails in other ways too"
        return WaiverUse(waiver, State.APPLIED, note)
    if result.outcome == "not-verified" or waiver.requirement in left_out():
        return WaiverUse(waiver, State.UNJUDGED, "this run did not judge the whole requirement")
    return WaiverUse(waiver, State.STALE, f"{waiver.requirement} is {result.outcome}: remove it")
