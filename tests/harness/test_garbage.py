"""The kit's own processes look for garbage seldom; a user's own session keeps its setting."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.cli.main import main
from conformance.harness.garbage import SELDOM

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def usual() -> Iterator[tuple[int, int, int]]:
    """Put the setting of this process back."""
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def test_a_command_looks_for_garbage_seldom(
    usual: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["conformance", "--version"])
    main()

    assert gc.get_threshold() == (SELDOM, *usual[1:])
