"""What cases made and need no more: it becomes the library of the cases that read it, or goes."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.harness.quota import ServerLimit
from conformance.judge.finding import Finding
from conformance.profiles.feedhive.library import DEFAULT_LIMIT, LARGE, listed_items

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from conformance.harness.harness import Harness
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.shared_media import SharedMedia
    from conformance.profiles.feedhive.upload import Media

_CALLER = "main"
# So many items the cases need that change the library while they walk through it.
_NEEDED = DEFAULT_LIMIT + 10
# All shared media are of this type.
_TYPE = "image/png"


class Surplus:
    """Brings the library to the size that its readers need, before the first of them runs.

    A larger library would only make each walk longer, and a library made only for them costs three
    requests an item.
    """

    def __init__(self, harness: Harness, api: Api, shared: SharedMedia) -> None:
        self._harness = harness
        self._api = api
        self._shared = shared
        self._media: dict[str, Media] = {}

    def noted(self, media: Media) -> Media:
        """Note a media that was completed, and return it."""
        if media.upload.caller == _CALLER:
            self._media[media.id] = media
        return media

    def hand_over(self) -> None:
        """Share what no case needs any more, delete the rest, and make what is missing."""
        unused = self._api.spare.unused_media(_CALLER)
        listed = self._listed()
        known = [self._media[one] for one in unused if one in self._media and one in listed]
        fit = [media for media in known if self._is_as_uploaded(media)]
        adopted = self._shared.adopt(fit, LARGE)
        kept = {media.id for media in adopted}
        self._delete(one for one in unused if one not in kept)
        with suppress(Finding):  # the cases judge create, PUT, complete and the list
            self._make_missing(adopted)

    def reduce(self) -> Callable[[], None]:
        """Share no more what only the readers needed, and return what deletes it.

        The cases behind the readers list a small library, and none of them gets a deleted item.
        """
        others = [media.id for media in self._shared.reduce(_NEEDED)]
        return partial(self._delete, others)

    def _make_missing(self, adopted: list[Media]) -> None:
        try:
            self._shared.library(LARGE)
        except ServerLimit:  # then the cases go on with few media
            self._shared.give_back(adopted)
            self._delete(media.id for media in adopted)
            raise

    def _listed(self) -> Collection[str]:
        """Return the ids that the list shows: what a server lost is not shared."""
        try:
            return listed_items(self._api)
        except Finding:  # the cases of the list judge it
            return ()

    def _is_as_uploaded(self, media: Media) -> bool:
        """Whether a media has its type and object still, as every shared media."""
        replaced = media.upload.url in self._harness.replaced_objects
        return media.upload.content_type == _TYPE and not replaced

    def _delete(self, ids: Iterable[str]) -> None:
        parallel(self._without, ids, self._harness.client.pace.now)

    def _without(self, media_id: str) -> None:
        with suppress(Finding):  # the cases of delete judge it, and the clean-up tries again
            self._api.delete_media(media_id, caller=_CALLER)
