"""Guidance: how to fix a server that breaks a requirement, by requirement id.

`specs/<profile>/guidance.toml` has one table per requirement. Text that several requirements
share is written once, in `[family.NAME]`, whose `applies_to` lists their ids. The table of a
requirement adds to its family's table and overrides it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Guidance:
    """What the kit knows about one requirement beyond its row in the catalogue.

    `accepted` lists what a correct server may do, `tested` what the cases check, and
    `ambiguity` what the document leaves open. The n-th of `fixes` belongs to the n-th of
    `causes`.
    """

    accepted: str = ""
    tested: str = ""
    ambiguity: str = ""
    causes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` for an empty text or a cause without a fix."""
        if not all(text.strip() for text in (*self.causes, *self.fixes)):
            raise ValueError("a cause or fix is empty")
        if len(self.causes) != len(self.fixes):
            raise ValueError(f"causes: {len(self.causes)}, but fixes: {len(self.fixes)}")

    @property
    def remedies(self) -> Iterator[tuple[str, str]]:
        """Each usual cause of a failure, with its fix."""
        return zip(self.causes, self.fixes, strict=True)


def load_guidance(path: Path) -> dict[str, Guidance]:
    """Read a profile's `guidance.toml`; return an empty dict if there is no such file.

    Raises:
        KitFault: The file is not valid TOML, or a table has an unknown, empty or wrong field.
    """
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _guidance(name, table) for name, table in _merged(tables).items()}
    except (TypeError, ValueError) as error:
        raise KitFault(f"{path.name} of {path.parent.name} is not valid: {error}") from error


def _merged(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return one table per requirement: its family's fields, overridden by its own."""
    families: Mapping[str, dict[str, Any]] = tables.pop("family", {})
    merged: dict[str, dict[str, Any]] = {}
    for name, family in families.items():
        shared = {key: value for key, value in family.items() if key != "applies_to"}
        for requirement in family.get("applies_to", ()):
            if requirement in merged:
                raise ValueError(f"{requirement} is in two families; the second is {name}")
            merged[requirement] = shared
    for requirement, table in tables.items():
        if not isinstance(table, dict):
            raise TypeError(f"{requirement} is not a table")
        merged[requirement] = {**merged.get(requirement, {}), **table}
    return merged


def _guidance(requirement: str, table: Mapping[str, Any]) -> Guidance:
    known = {field.name for field in fields(Guidance)}
    for name, value in table.items():
        if name not in known:
            raise ValueError(f"{requirement} has an unknown field {name!r}")
        texts = value if name in {"causes", "fixes"} else [value]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{name} of {requirement} is not text")
        if not texts or not all(text.strip() for text in texts):
            raise ValueError(f"{name} of {requirement} is empty")
    lists = {name: tuple(value) for name, value in table.items() if isinstance(value, list)}
    try:
        return Guidance(**{**table, **lists})
    except ValueError as error:
        raise ValueError(f"{requirement}: {error}") from None
