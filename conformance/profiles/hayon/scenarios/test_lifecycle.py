"""Uploads from the first request to the last look, in any order."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.harness.late_look import age_s
from conformance.harness.links import follow
from conformance.harness.sequences import search as searched
from conformance.judge import expect
from conformance.judge.finding import Finding, precondition
from conformance.profiles.hayon.links import LinkGuide
from conformance.profiles.hayon.machine.late import LATE_S, look_late
from conformance.profiles.hayon.machine.lifecycle import Lifecycle, bound
from conformance.profiles.hayon.machine.rules import RandomLifecycle
from conformance.profiles.hayon.machine.spelling import PLAIN, SPELLINGS, encoded
from conformance.profiles.hayon.machine.walk import walk
from conformance.profiles.hayon.public import gives_the_bytes
from conformance.suite.marks import generated, machine, requirement, search, waits

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given
    from conformance.profiles.hayon.machine.files import File
    from conformance.profiles.hayon.public import PublicFiles

#: How many random sequences are tried, and how many steps each has at most.
_SEARCHES = {"standard": (2, 3), "thorough": (20, 8)}


@requirement("HY-LIFECYCLE-01")
@machine
def test_a_walk_through_everything_agrees_with_the_model(
    given: Given, conformance_case: Harness, kept: list[File]
) -> None:
    walking = bound(conformance_case, given, Lifecycle)

    finding, files = walk(walking, conformance_case.seed, conformance_case.effort)

    if finding is not None:
        raise finding
    kept += files


@requirement("HY-LIFECYCLE-01")
@search
@machine
def test_any_sequence_agrees_with_the_model(given: Given, conformance_case: Harness) -> None:
    examples, steps = _SEARCHES.get(conformance_case.effort, _SEARCHES["standard"])
    random = bound(conformance_case, given, RandomLifecycle)

    finding = searched(random, seed=conformance_case.seed, examples=examples, steps=steps)

    if finding is not None:
        raise finding


@requirement("HY-LIFECYCLE-01")
@search
@generated
def test_the_links_of_the_document_can_be_followed(given: Given, conformance_case: Harness) -> None:
    given.working()

    trail = follow(conformance_case, LinkGuide(conformance_case, given))

    finding = trail.result()
    if finding is not None:
        raise finding


@requirement("HY-LIFECYCLE-01")
@machine
@waits
def test_stored_files_are_still_there_late(
    given: Given, conformance_case: Harness, kept: list[File]
) -> None:
    looking = bound(conformance_case, given, Lifecycle)()

    with suppress(Finding):  # the log of the sequence has it, with the steps
        look_late(looking, kept, age_s(conformance_case.effort, LATE_S))

    finding = looking.log.result()
    if finding is not None:
        raise finding


@requirement("HY-LIFECYCLE-02")
@pytest.mark.parametrize("spelling", [one for one in SPELLINGS if one != PLAIN])
def test_an_equal_request_gets_an_equal_answer(api: Api, given: Given, spelling: str) -> None:
    plain = given.requested("image/webp").exchange

    exchange = SPELLINGS[spelling](api, "image/webp", "main")

    expect.accepted(exchange)
    for name in (("message",), ("data", "contentType")):
        expect.equal(exchange.at(*name), plain.at(*name), f"`{'.'.join(name)}`", exchange)


@requirement("HY-LIFECYCLE-02")
def test_an_equal_public_url_gives_the_file(given: Given, public: PublicFiles) -> None:
    upload = given.sample("image/png")
    with precondition("HY-PUBLIC-01"):
        gives_the_bytes(public.read(upload), upload)

    exchange = public.read_at_once(encoded(upload.public_url))

    gives_the_bytes(exchange, upload)
