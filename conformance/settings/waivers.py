"""The waivers of the settings file."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from conformance.model.waiver import Waiver
from conformance.problem import UsageProblem, did_you_mean

_NEEDED = ("requirement", "reason")


def read_waivers(tables: object) -> tuple[Waiver, ...]:
    """Read the `waivers` of a settings file; raise `UsageProblem` for a value that does not fit."""
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
            hint = did_you_mean(name, names) or f"; the keys are {', '.join(names)}"
            raise UsageProblem(f"unknown key {name!r} in {where}{hint}")
    texts = {name: _text(value, name, where) for name, value in table.items() if name != "expires"}
    missing = [name for name in _NEEDED if not texts.get(name, "").strip()]
    if missing:
        raise UsageProblem(f"{where} has no {missing[0]}: every waiver needs one")
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
