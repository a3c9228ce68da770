"""What the server shows: a caller's library, and the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.judge.finding import precondition
from conformance.profiles.feedhive.library import LIST, walk

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.library import Page


@dataclass(frozen=True)
class Library:
    """A caller's library as one reading shows it: all pages, or those that hold what is wanted."""

    caller: str
    pages: list[Page]

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items in the order of the pages."""
        return [item for page in self.pages for item in page.items]

    @property
    def ids(self) -> list[str]:
        """The ids in the order of the pages."""
        return [media_id for page in self.pages for media_id in page.ids]

    @property
    def total(self) -> int:
        """The total that the last page shows."""
        return self.pages[-1].total

    @property
    def exchange(self) -> Exchange:
        """The answer that shows the last page."""
        return self.pages[-1].exchange


def library(api: Api, caller: str, wanted: Collection[str] = ()) -> Library:
    """Read a caller's library, page by page until the wanted ids were shown."""
    pages: list[Page] = []
    missing = set(wanted)
    with precondition(LIST):
        for page in walk(api, caller=caller):
            pages.append(page)
            missing.difference_update(page.ids)
            if not missing:
                break
    return Library(caller, pages)
