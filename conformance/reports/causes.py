"""Failures that very probably have one cause: readers fix them together.

One wrong member name breaks the schema of each operation that shows it, and one slip with keys
breaks a row of each operation. Only what is surely alike is joined: the same member with the same
kind of value, the same unusual key with the same answer, or the same case with the same answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.model.evidence import Outcome
from conformance.reports.failure import proofs

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

_Key = tuple[str, ...]

_MEMBER = re.compile(r"`?(?:[\w$]+(?:\[\d+\])?\.)*(?P<name>\w+)(?:\[\d+\])?`? to (?:be|satisfy) ")
_MISSING = re.compile(r"[\w.\[\]` ]+ to have (?P<names>['`]\w+['`](?:, ['`]\w+['`])*)\Z")
_VALUE = re.compile(r"it is (?P<value>.+)", re.DOTALL)
#: Texts that differ in each answer: numbers, ids and moments.
_VARYING = re.compile(r"[0-9a-fA-F_:.+TZ-]*\d[0-9a-fA-F_:.+TZ-]*")
_SUCCESS = 2


@dataclass
class Cause:
    """A requirement that does not hold, and the others that very probably fail with it."""

    row: Row
    others: list[Row] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The ids of the others."""
        return [row["id"] for row in self.others]


def causes(report: Report) -> list[Cause]:
    """Return the failures and then the warnings, those of one cause together with the first.

    A failure joins another one only if what both show first is alike, and if it shows nothing that
    the other one does not show too.
    """
    found: list[tuple[list[_Key], Cause]] = []
    for row in (*report.having(Outcome.FAILED), *report.having(Outcome.WARNED)):
        keys = [_key(proof) for proof in proofs(row)]
        same = next((cause for known, cause in found if _is_within(keys, known)), None)
        if same is None:
            found.append((keys, Cause(row)))
        else:
            same.others.append(row)
    return [cause for _, cause in found]


def _is_within(keys: list[_Key], known: list[_Key]) -> bool:
    return keys[:1] == known[:1] and bool(keys) and set(keys) <= set(known)


def _key(proof: Row) -> _Key:
    return _of_key(proof) or _of_member(proof) or _of_case(proof)


def _of_key(proof: Row) -> _Key | None:
    """Return the unusual key that was sent, and whether it was accepted."""
    exchange = proof["exchange"]
    if exchange is None or not exchange.get("credential") or exchange["response"] is None:
        return None
    if not proof["actual"].startswith("it was "):
        return None  # something else was judged than whether the key is accepted
    status = exchange["response"]["status"]
    accepted = "accepted" if status // 100 == _SUCCESS else str(status)
    return "key", exchange["credential"], accepted


def _of_member(proof: Row) -> _Key | None:
    """Return the member that is wrong, and what is there instead."""
    missing = _MISSING.match(proof["expected"])
    if missing:
        return "member", re.sub("['`]", "", missing["names"]), "missing"
    found, value = _MEMBER.match(proof["expected"]), _VALUE.match(proof["actual"])
    if not found or not value or found["name"] in {"body", "status"}:
        return None
    return "member", found["name"], _kind(value["value"])


def _kind(value: str) -> str:
    if value.startswith("missing"):
        return "missing"
    plain = value.strip("'\"`")
    quoted = "text " if plain != value else ""
    return quoted + _VARYING.sub("#", plain)


def _of_case(proof: Row) -> _Key:
    return "case", str(proof["case"]), _VARYING.sub("#", str(proof["actual"]))
