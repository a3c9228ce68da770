"""The end of a sequence asks nothing that a server with counted ids may grant."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.profiles.feedhive.machine import epilogue


class Asked:
    """A sequence that notes which ids its requests name."""

    def __init__(self, item_id: str, session_id: str) -> None:
        self.item = SimpleNamespace(id=item_id, caller="main")
        upload = SimpleNamespace(id=session_id, caller="main")
        self.session = SimpleNamespace(upload=upload, lost=False)
        self.named: list[str] = []
        self.model = SimpleNamespace(live=lambda: [self.item])
        api = SimpleNamespace(complete_upload=self.asked, get_media=self.asked)
        self.world = SimpleNamespace(api=api)

    def asked(self, named: str, *, caller: str) -> Any:
        del caller
        self.named.append(named)
        return SimpleNamespace(response=None)

    def open(self, content_type: str, caller: str) -> Any:
        del content_type, caller
        return self.session

    def next_type(self) -> str:
        return "image/png"

    def say(self, words: str) -> None:
        del words

    def refused(self, exchange: Any, row: str) -> None:
        del exchange, row


@pytest.mark.parametrize(
    ("item_id", "session_id", "named"),
    [
        ("med_0123456789", "upl_0123456789", ["med_0123456789", "upl_0123456789"]),
        ("10007", "10009", []),
    ],
)
def test_counted_ids_may_name_two_things(item_id: str, session_id: str, named: list[str]) -> None:
    sequence: Any = Asked(item_id, session_id)

    epilogue._kinds_of_ids_are_apart(sequence)

    assert sequence.named == named
    assert sequence.session.lost
