"""Measures how much a run makes, and writes `specs/<profile>/volume.toml`.

    python -m tests.volume feedhive quick standard

The numbers of other efforts stay. Each part counts the cases that need the same capabilities.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile, specs_folder
from conformance.model.volume import WORDS
from conformance.runner.progress import Quiet
from conformance.runner.request import RunRequest
from conformance.runner.run import examine
from conformance.settings import layers

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = "# How much a run makes. Written by `python -m tests.volume`: see tests/volume.py.\n"


def main(profile: str, efforts: list[str]) -> None:
    """Measure some efforts of a profile, and write them into its file."""
    path = specs_folder() / profile / "volume.toml"
    parts = [part for part in _kept(path) if part["effort"] not in efforts]
    for effort in efforts:
        parts += measured(profile, effort)
    lines = [_HEAD]
    for part in parts:
        needs = ", ".join(f'"{name}"' for name in part["needs"])
        numbers = "".join(f"{word} = {part[word]}\n" for word in WORDS)
        lines.append(f'[[volume]]\neffort = "{part["effort"]}"\nneeds = [{needs}]\n{numbers}')
    path.write_text("\n".join(lines), encoding="utf-8")


def measured(profile: str, effort: str) -> list[dict[str, Any]]:
    """Run the whole suite against the reference server; return one part for each set of needs."""
    values = {**layers.unbounded(layers.resolved()), "effort": effort}
    run, _ = examine(RunRequest(profile, values, reference=True), Quiet())
    parts: dict[tuple[str, ...], Counter[str]] = {}
    for case in run.cases:
        needs = tuple(sorted(Profile.load(profile).catalogue[case.requirement].needs))
        parts.setdefault(needs, Counter()).update(case.made)
    of_cases = sum(parts.values(), Counter())
    parts.setdefault((), Counter()).update(run.made - of_cases)  # made before the cases
    return [
        {"effort": effort, "needs": list(needs), **{word: made[word] for word in WORDS}}
        for needs, made in sorted(parts.items())
    ]


def _kept(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["volume"]
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
