"""Guidance: what helps somebody whose server breaks a requirement, keyed by requirement id.

`specs/<profile>/guidance.toml` holds one table a requirement. What several requirements
share stands once, under `[family.NAME]` with the ids it `applies_to`; a requirement's own
table adds to it and wins over it.
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
    """What we know of one requirement beyond its row in the catalogue.

    `accepted` names what every sensible server may do, `tested` what the cases really
    judge, `ambiguity` what the document leaves open. `causes` and `mends` belong together
    pair by pair.
    """

    accepted: str = ""
    tested: str = ""
    ambiguity: str = ""
    causes: tuple[str, ...] = ()
    mends: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse empty texts, and causes without a mend (`ValueError`)."""
        if not all(text.strip() for text in (*self.causes, *self.mends)):
            raise ValueError("a cause or mend is empty")
        if len(self.causes) != len(self.mends):
            raise ValueError(f"{len(self.causes)} causes, but {len(self.mends)} mends")

    @property
    def remedies(self) -> Iterator[tuple[str, str]]:
        """Each usual cause of a failure with its mend."""
        return zip(self.causes, self.mends, strict=True)


def load_guidance(path: Path) -> dict[str, Guidance]:
    """Read a profile's `guidance.toml`; without the file there is none.

    Raises `KitFault` for a table that does not fit.
    """
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _guidance(name, table) for name, table in _merged(tables).items()}
    except (TypeError, ValueError) as error:
        raise KitFault(f"{path.name} of {path.parent.name} does not fit: {error}") from error


def _merged(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return one table a requirement: what its family says, then what it says itself."""
    families: Mapping[str, dict[str, Any]] = tables.pop("family", {})
    merged: dict[str, dict[str, Any]] = {}
    for name, family in families.items():
        shared = {key: value for key, value in family.items() if key != "applies_to"}
        for requirement in family.get("applies_to", ()):
            if requirement in merged:
                raise ValueError(f"{requirement} is in two families, {name} the second")
            merged[requirement] = shared
    for requirement, table in tables.items():
        if not isinstance(table, dict):
            raise TypeError(f"{requirement} is no table")
        merged[requirement] = {**merged.get(requirement, {}), **table}
    return merged


def _guidance(requirement: str, table: Mapping[str, Any]) -> Guidance:
    known = {field.name for field in fields(Guidance)}
    for name, value in table.items():
        if name not in known:
            raise ValueError(f"{requirement} has an unknown field {name!r}")
        texts = value if name in {"causes", "mends"} else [value]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{name} of {requirement} does not hold text")
        if not texts or not all(text.strip() for text in texts):
            raise ValueError(f"{name} of {requirement} is empty")
    lists = {name: tuple(value) for name, value in table.items() if isinstance(value, list)}
    try:
        return Guidance(**{**table, **lists})
    except ValueError as error:
        raise ValueError(f"{requirement}: {error}") from None
