"""The mutants come from the documents: each member, status and content type has its own."""

from __future__ import annotations

from functools import cache

import pytest

from conformance.judge.contract import contracts_of
from conformance.model.profile import Profile, profile_names
from conformance.model.requirement import Level
from conformance.runner.mutants.derivation import Mutant, derive
from conformance.runner.mutants.levels import MUST, SHOULD, VARIANT
from conformance.runner.mutants.members import answers_of
from conformance.servers.mutated import EACH

# The operations whose answers no document describes.
FREE = {"feedhive": {"list_posts"}, "hayon": {"create_post", "update_post"}}

each_profile = pytest.mark.parametrize("profile", profile_names())


@cache
def mutants(profile: str) -> dict[str, Mutant]:
    return {one.id: one for one in derive(Profile.load(profile))}


@each_profile
def test_the_ids_are_unique_and_stable(profile: str) -> None:
    again = derive(Profile.load(profile))

    assert len({one.id for one in again}) == len(again)
    assert again == list(mutants(profile).values())


@each_profile
def test_the_rows_are_well_formed(profile: str) -> None:
    operations = {name for one in contracts_of(profile) for name in one.operations}
    for one in mutants(profile).values():
        assert one.mutation.operation in operations
        assert one.level in {MUST, SHOULD, VARIANT}
        assert one.why.endswith(".")
        assert one.id.isascii()
        assert " " not in one.id


@each_profile
def test_a_wrong_answer_has_fitting_rows_of_its_level(profile: str) -> None:
    catalogue = Profile.load(profile).catalogue
    for one in mutants(profile).values():
        levels = {catalogue[row].level for row in one.fits}
        assert bool(levels) == (one.level != VARIANT), one.id
        assert one.level != MUST or levels == {Level.MUST}, one.id


@each_profile
def test_each_documented_member_has_mutants(profile: str) -> None:
    free = FREE[profile]
    covered = {
        (one.mutation.operation, one.mutation.refusal, one.mutation.pointer)
        for one in mutants(profile).values()
        if one.mutation.part == "body"
    }
    documented = {
        (answer.operation.id, answer.refusal, member.pointer)
        for contract in contracts_of(profile)
        for answer in answers_of(contract)
        for member in answer.members
        if answer.operation.id not in free
    }

    # The one member that the documents leave open: `data` in a refusal.
    assert documented - covered <= {("create_media_upload", True, "/data")}


@each_profile
def test_every_kind_occurs_everywhere_and_once_among_many(profile: str) -> None:
    kinds = {
        (one.mutation.kind, one.where) for one in mutants(profile).values() if one.level != VARIANT
    }

    for kind in ("absent", "null", "type", "empty", "odd", "other", "stale", "earlier", "near"):
        assert {(kind, "everywhere"), (kind, "once")} <= kinds, kind


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("create_upload:success:/data/upload_id:absent:everywhere", MUST),
        ("create_upload:success:/data/upload_url:empty:everywhere", MUST),
        ("create_upload:success:status:set:200:everywhere", VARIANT),
        ("complete_upload:refusal:/message:absent:everywhere", SHOULD),
        ("list_media:success:/data/items/each/media_url:null:everywhere", SHOULD),
        ("list_media:success:/data/items/each/thumbnail_url:null:everywhere", VARIANT),
        ("list_media:success:/data/items/each:absent:once", MUST),
        ("list_media:success:/data/next_cursor:null:everywhere", MUST),
        ("get_media:success:/data/mime_type:null:everywhere", VARIANT),
        ("get_media:success:/data/created_at:rewritten:everywhere", VARIANT),
        ("get_media:success:/:extra:everywhere", VARIANT),
        ("get_media:success:content-type:set:text/plain:everywhere", SHOULD),
        ("get_media:success:/:odd:everywhere", SHOULD),
        ("get_media:success:/:encoded:once", MUST),
        ("get_media:success:content-type:set:application/vnd.api+json:once", VARIANT),
        ("get_media:success:content-encoding:set:gzip:once", MUST),
        ("get_media:refusal:content-encoding:set:gzip:once", SHOULD),
        ("create_upload:refusal:/success:null:once", MUST),
        ("get_media:refusal:status:set:200:only-404", SHOULD),
        ("get_media:refusal:status:set:500:only-404", MUST),
        ("get_media:success:/data/mime_type:odd:surrogate:everywhere", MUST),
        ("get_media:refusal:/message:odd:surrogate:everywhere", SHOULD),
        ("get_media:refusal:status:set:400:only-404", SHOULD),
        ("delete_media:refusal:/success:near:everywhere", MUST),
        ("create_post:success:status:set:200:everywhere", VARIANT),
        ("create_post:success:/data/media/each/url:null:everywhere", SHOULD),
        ("get_post:success:/data/media/each/thumbnail_url:null:everywhere", VARIANT),
        ("update_post:success:/data/media:empty:everywhere", SHOULD),
        ("delete_post:refusal:/success:near:everywhere", SHOULD),
    ],
)
def test_a_level_follows_from_the_documents_of_feedhive(name: str, level: str) -> None:
    assert mutants("feedhive")[name].level == level


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("create_media_upload:success:/message:near:everywhere", MUST),
        ("create_media_upload:success:/data/contentType:absent:everywhere", SHOULD),
        ("create_media_upload:refusal:/message:near:only-400", MUST),
        ("create_media_upload:refusal:/message:absent:only-401", SHOULD),
        ("create_media_upload:refusal:/:extra:everywhere", VARIANT),
        ("create_media_upload:refusal:/:odd:everywhere", SHOULD),
        ("create_media_upload:success:/data/contentType:near:everywhere", SHOULD),
        ("create_post:success:status:set:200:everywhere", VARIANT),
    ],
)
def test_a_level_follows_from_the_documents_of_hayon(name: str, level: str) -> None:
    assert mutants("hayon")[name].level == level


def test_no_rule_means_no_mutant() -> None:
    assert "get_media:refusal:/message:near:everywhere" not in mutants("feedhive")


@pytest.mark.parametrize(
    ("name", "fitting", "unrelated"),
    [
        # A link of the document leads from the id to the operation that takes it.
        ("create_upload:success:/data/upload_id:near:once", "FH-COMPLETE-01", "FH-GET-01"),
        ("create_upload:success:/data/upload_url:near:once", "FH-PUT-01", "FH-LIST-01"),
        ("complete_upload:success:/data/id:near:once", "FH-GET-01", "FH-PUT-01"),
        # The operations that show the same item.
        ("get_media:success:/data/type:near:once", "FH-LIST-15", "FH-CREATE-01"),
        # The page of the list is no item.
        ("list_media:success:/data/total:near:once", "FH-LIST-09", "FH-GET-01"),
        ("get_media:success:/data/id:near:once", "FH-LIFECYCLE-01", "FH-AUTH-04"),
        ("get_media:refusal:/success:near:everywhere", "FH-AUTH-04", "FH-LIST-01"),
    ],
)
def test_the_rows_that_fit_are_those_about_the_member(
    name: str, fitting: str, unrelated: str
) -> None:
    fits = mutants("feedhive")[name].fits

    assert fitting in fits
    assert unrelated not in fits


def test_one_media_type_is_told_by_the_request_or_the_item() -> None:
    only = [
        one.mutation
        for one in mutants("feedhive").values()
        if one.where.startswith("only ") and not one.mutation.refusal
    ]

    assert {one.only["in"] for one in only if one.only} == {"request", "item"}
    assert all("/data/" in one.pointer for one in only if one.operation == "get_media")
    assert all(EACH in one.pointer for one in only if one.operation == "list_media")
