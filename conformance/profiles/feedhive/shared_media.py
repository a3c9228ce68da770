"""Media items that no case deletes: made once, then shared by the cases of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.harness.once import Once
from conformance.harness.quota import ServerLimit
from conformance.profiles.feedhive.library import DEFAULT_LIMIT
from conformance.profiles.feedhive.upload import Media

if TYPE_CHECKING:
    from collections.abc import Callable

# How many uploads are made at once where a case needs many.
_MAKERS = 12


class SharedMedia:
    """The shared media of a process.

    Args:
        make: Makes a media item of a type.
        delete: Deletes a media item.
        show_a_list: Shows that new media are listed, before a library is made for a list.
    """

    def __init__(
        self,
        make: Callable[[str], Media],
        delete: Callable[[Media], object],
        show_a_list: Callable[[], None],
    ) -> None:
        self._make = make
        self._delete = delete
        self._show_a_list = show_a_list
        self._library: list[Media] = []
        self._samples: dict[str, Media] = {}
        self._too_large: tuple[int, ServerLimit] | None = None
        self._once = Once()

    def sample(self, content_type: str = "image/png") -> Media:
        """Return the shared media item of a type."""
        with self._once.making(content_type):
            if content_type not in self._samples:
                self._samples[content_type] = self._make(content_type)
            return self._samples[content_type]

    def library(self, size: int) -> list[Media]:
        """Return at least `size` shared media items.

        Raises `ServerLimit` where a limit of the server allows fewer; then it is not tried again.
        """
        if size >= DEFAULT_LIMIT:  # so many are needed for the list only
            self._show_a_list()
        with self._once.making("library"):
            return self._grown(size)

    def adopt(self, media: list[Media], size: int) -> list[Media]:
        """Share media that cases made and need no more, until `size` are shared.

        Returns:
            Those that are shared now.
        """
        with self._once.making("library"):
            adopted = media[: max(size - len(self._library), 0)]
            self._library += adopted
            return adopted

    def give_back(self, media: list[Media]) -> None:
        """Share media no more that were adopted."""
        with self._once.making("library"):
            self._library = [one for one in self._library if one not in media]

    def reduce(self, size: int) -> list[Media]:
        """Share only the first `size` media, and return the others, which nobody needs."""
        with self._once.making("library"):
            self._library, others = self._library[:size], self._library[size:]
            return others

    def _grown(self, size: int) -> list[Media]:
        if self._too_large and size >= self._too_large[0]:
            raise self._too_large[1]
        missing = size - len(self._library)
        if missing > 0:
            # One upload first: a broken server is then noticed once, and not twelve times.
            self._library.append(self._make("image/png"))
            self._library += self._made(size, missing - 1)
        return self._library[:]

    def _made(self, size: int, count: int) -> list[Media]:
        """Return so many media; where a limit of the server allows fewer, delete them again."""
        made = parallel(lambda _: self._unless_limited(), range(count), _MAKERS)
        media = [one for one in made if isinstance(one, Media)]
        limits = [one for one in made if isinstance(one, ServerLimit)]
        if limits:
            self._too_large = size, limits[0]
            parallel(self._delete, media, _MAKERS)
            raise limits[0]
        return media

    def _unless_limited(self) -> Media | ServerLimit:
        try:
            return self._make("image/png")
        except ServerLimit as limit:
            return limit
