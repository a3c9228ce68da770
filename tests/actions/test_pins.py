"""Workflows name each action by its full hash: a tag can be moved to other code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for pattern in (".github/**/*.yml", "conformance/cli/templates/*.yml")
    for path in ROOT.glob(pattern)
)
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_named_by_its_hash_with_its_version(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))

    assert [action for action in used if not PINNED.fullmatch(action)] == []


def test_one_action_has_one_hash_everywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    used = {tuple(action.split("@")) for action in re.findall(r"uses: (.+)", text)}

    assert len(used) == len({name for name, _ in used}) >= 3
