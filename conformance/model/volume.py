"""How much a run will make on a target: an estimate, said before anything is written."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING

from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

#: What is counted.
WORDS = ("uploads", "posts", "media", "bytes")
#: A whole run makes as much as the estimate says, more or less by this part of it.
TOLERANCE = 0.25


def estimated(path: Path, effort: str, capabilities: Collection[str]) -> Counter[str]:
    """Return about how much a whole run makes.

    Args:
        path: The `volume.toml` of the profile: it was measured, in parts by what cases need.
        effort: The effort of the run.
        capabilities: What the target has; cases that need more do not run.

    Raises:
        KitFault: The file does not fit.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    found: Counter[str] = Counter()
    try:
        for part in table["volume"]:
            if part["effort"] == effort and set(part["needs"]) <= set(capabilities):
                found.update({word: int(part[word]) for word in WORDS})
    except (KeyError, TypeError, ValueError) as error:
        raise KitFault(f"{path.name} of {path.parent.name} does not fit: {error}") from error
    return found
