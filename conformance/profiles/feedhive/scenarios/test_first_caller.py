"""The first caller is a stranger to the media of the other one, and no administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.profiles.feedhive import observe
from conformance.suite.marks import requirement, two_libraries

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given


@requirement("FH-GET-12")
@two_libraries
def test_the_first_caller_cannot_get_media_of_the_other(api: Api, given: Given) -> None:
    given.working.get()
    media = given.media(caller="other")
    given.fetched(media)

    exchange = api.get_media(media.id)

    observe.nothing_given(exchange)
    expect.refused(exchange)


@requirement("FH-DELETE-10")
@two_libraries
def test_the_first_caller_cannot_delete_media_of_the_other(api: Api, given: Given) -> None:
    given.working.delete()
    media = given.media(caller="other")

    exchange = api.delete_media(media.id)

    observe.nothing_given(exchange)
    expect.refused(exchange)
    expect.success(api.get_media(media.id, caller="other"))
