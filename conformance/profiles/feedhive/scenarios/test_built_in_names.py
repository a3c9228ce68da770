"""Ids that are names which every object of a language holds, such as `constructor`.

A server that keeps its records in a plain object finds something under these names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.cut_off import was_answered
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.media_id import BUILT_IN_NAMES
from conformance.suite.marks import accounted, requirement

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given


_each_name = pytest.mark.parametrize(
    "name", BUILT_IN_NAMES, ids=[name.strip("_") for name in BUILT_IN_NAMES]
)


@requirement("FH-COMPLETE-05")
@accounted
def test_complete_refuses_the_names_of_built_in_members(api: Api, given: Given) -> None:
    given.working.complete()

    with observe.no_new_media(api):
        for name in BUILT_IN_NAMES:
            exchange = api.complete_upload(name)
            was_answered(exchange)
            expect.refused(exchange)


@requirement("FH-GET-09")
@_each_name
def test_get_refuses_the_name_of_a_built_in_member(api: Api, given: Given, name: str) -> None:
    given.working.get()

    exchange = api.get_media(name)

    was_answered(exchange)
    observe.nothing_given(exchange)
    expect.refused(exchange)


@requirement("FH-DELETE-11")
@_each_name
def test_delete_refuses_the_name_of_a_built_in_member(api: Api, given: Given, name: str) -> None:
    given.working.delete()

    exchange = api.delete_media(name)

    was_answered(exchange)
    observe.nothing_given(exchange)
    expect.refused(exchange)
