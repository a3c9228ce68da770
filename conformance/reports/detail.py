"""How much a report shows of each failure: less where a report would be too large to open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.reports.report import Row

#: A report is shown with less detail until it is at most so many bytes.
MOST_BYTES = 4_500_000


@dataclass(frozen=True)
class Detail:
    """How much is shown.

    `proofs` limits the evidence of one requirement, `ways` how many of them keep the exchanges
    that lead to them, `steps` how many exchanges such a way may have, and `body` the characters
    of a body, a URL or a command.
    """

    proofs: int
    ways: int
    steps: int
    body: int


#: From the most detail to the least.
LEVELS = (
    Detail(200, 10, 50, 4_100),
    Detail(60, 3, 50, 4_100),
    Detail(20, 1, 50, 2_000),
    Detail(8, 1, 20, 1_000),
    Detail(4, 1, 8, 500),
    Detail(2, 0, 0, 200),
    Detail(1, 0, 0, 60),
)


def reduced(proofs: list[Row], detail: Detail) -> list[Row]:
    """Return evidence with so much detail; the rows that are given stay as they are.

    Args:
        proofs: The evidence of one requirement; the first ones are the best ones.
        detail: How much to show.
    """
    kept = []
    for number, proof in enumerate(proofs[: detail.proofs]):
        way = proof["transcript"]
        whole = number < detail.ways and len(way) <= detail.steps
        changed = {
            "transcript": [_cut(step, detail.body) for step in way] if whole else [],
            "exchange": _cut(proof["exchange"], detail.body),
        }
        if "against" in proof:
            changed["against"] = _cut(proof["against"], detail.body)
        kept.append(proof | changed)
    return kept


def _cut(node: Any, most: int) -> Any:
    """Return recorded data with each text cut; the script of a step stays whole or goes."""
    if isinstance(node, str):
        return node if len(node) <= most else f"{node[:most]}…"
    if isinstance(node, list):
        return [_cut(each, most) for each in node]
    if isinstance(node, dict):
        return {name: _script(each, most) if name == "script" else _cut(each, most)
                for name, each in node.items()}  # fmt: skip
    return node


def _script(script: Any, most: int) -> Any:
    return script if most >= LEVELS[1].body else None
