"""The C library gives memory back where it can, and a run goes on where it cannot."""

from __future__ import annotations

import platform
from types import SimpleNamespace

import pytest

from conformance.runner import allocator


def test_glibc_takes_every_value() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("another C library")

    assert allocator.give_back()


@pytest.mark.parametrize("library", [SimpleNamespace(), None], ids=["another", "none"])
def test_another_c_library_changes_nothing(
    library: SimpleNamespace | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(name: None) -> SimpleNamespace:
        del name
        if library is None:
            raise OSError("no library")
        return library

    monkeypatch.setattr("ctypes.CDLL", opened)

    assert not allocator.give_back()
