"""A shard: one of the parts that together are a whole run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Shard:
    """The shard `number` (from 1) of `of` shards.

    `shared` says that the other shards may use the same tokens at the same time.
    """

    number: int
    of: int
    shared: bool = False

    @classmethod
    def of_settings(cls, values: Mapping[str, Any]) -> Self | None:
        """Return the shard that settings describe, or None for a whole run.

        Raises:
            UsageProblem: It is not a shard.
        """
        if not values.get("shard"):
            return None
        return cls.parsed(values["shard"], shared=not values.get("own_tokens"))

    @classmethod
    def parsed(cls, text: str, *, shared: bool = False) -> Self:
        """Read `I/N`, such as `2/3`.

        Raises:
            UsageProblem: It is not a shard.
        """
        found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text.strip(), re.ASCII)
        number, of = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= of:
            raise UsageProblem(f"--shard {text!r}: write I/N with I from 1 to N, such as 2/3")
        return cls(number, of, shared and of > 1)

    @property
    def words(self) -> str:
        """The shard as a reader writes it: `2/3`."""
        return f"{self.number}/{self.of}"

    @property
    def flag(self) -> str:
        """The shard as a part of a command line."""
        return f"--shard {self.words}"

    def as_dict(self) -> dict[str, Any]:
        """Return the member `shard` of `report.json`."""
        return {"number": self.number, "of": self.of, "shared": self.shared}
