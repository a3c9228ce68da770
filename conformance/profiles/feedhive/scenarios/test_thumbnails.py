"""thumbnail_url: whose picture it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.profiles.feedhive import thumbnails
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement, tried

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

# Two of each, since a server may have a branch for a format, and mix up only what it made there.
_PICTURES = ("image/jpeg", "image/png", "image/gif") * 2


@requirement("FH-GET-17")
@tried  # alone, the items before and after each other are those of this case
def test_each_thumbnail_shows_its_own_item(given: Given, storage: Storage) -> None:
    given.working.get()
    made = [given.media(content_type) for content_type in _PICTURES]

    thumbnails.of_their_own(given, storage, made)


@requirement("FH-GET-17")
def test_each_thumbnail_leads_to_a_file(api: Api, given: Given, storage: Storage) -> None:
    made = [given.shared.sample(content_type) for content_type in RESULTING_TYPES]

    thumbnails.lead_to_files(api, storage, made)
