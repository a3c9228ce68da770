"""What belongs to the run: an id is its own only if something shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from conformance.harness.belongings import ABSENT, CREATED, Belongings, Item, Listing
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.bucket import Bucket

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=3)


def belongings(look: Callable[[str], Listing], bucket: object = None) -> Belongings:
    return Belongings(NOW.timestamp(), {"main": look}, lambda: cast("Bucket | None", bucket))


def before(*ids: str, whole: bool = True, skew_s: float = 0.0) -> Belongings:
    listing = Listing(tuple(Item(one) for one in ids), whole=whole, skew_s=skew_s, answered=True)
    found = belongings(lambda _: listing)
    found.look("main", "main")
    return found


@pytest.mark.parametrize("created", [None, OLD, NOW])
def test_an_id_that_a_whole_list_did_not_show_is_the_runs_own(created: datetime | None) -> None:
    assert before("old").proof_of("new", "main", "main", created) == ABSENT


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("caller", ["main", "other"])
def test_an_id_that_was_there_before_is_never_the_runs_own(caller: str, *, whole: bool) -> None:
    assert before("old", whole=whole).proof_of("old", caller, "main", NOW) == ""


def test_where_the_list_is_too_long_the_moment_counts() -> None:
    found = before("old", whole=False)

    assert found.proof_of("new", "main", "main", NOW) == CREATED
    assert found.proof_of("new", "main", "main", OLD) == ""
    assert found.proof_of("new", "main", "main", None) == ""


@pytest.mark.parametrize(("moment", "proof"), [(NOW, CREATED), (OLD, ""), (None, "")])
def test_where_a_complete_shows_no_moment_a_fetch_does(moment: datetime | None, proof: str) -> None:
    found = before("old", whole=False)
    found.created_at = lambda *_: moment

    assert found.proof_of("new", "main", "main", None) == proof
    assert found.proof_of("old", "main", "main", None) == ""


def test_what_looks_new_and_was_there_before_is_noted_for_a_later_clean_up() -> None:
    items = (Item("old", "", OLD), Item("recent", "", NOW), Item("unknown", "", None))
    noted: list[str] = []
    found = belongings(lambda _: Listing(items, whole=True, answered=True))
    found.note = lambda entry: noted.append(entry.id)

    found.look("main", "main")

    assert noted == ["recent", "unknown"]


def test_a_clock_that_is_ahead_is_allowed_for() -> None:
    ahead = NOW + timedelta(hours=1)

    assert before(whole=False).proof_of("new", "main", "main", ahead) == ""
    assert before(whole=False, skew_s=3_600).proof_of("new", "main", "main", ahead) == CREATED


def test_a_library_that_cannot_be_listed_is_asked_once() -> None:
    asked: list[str] = []

    def refuses(caller: str) -> Listing:
        asked.append(caller)
        raise Blocked(limit="gone")

    found = belongings(refuses)

    assert [found.look("main", "main") for _ in range(2)] == [Listing(), Listing()]
    assert asked == ["main"]


class FakeBucket:
    """A bucket with some keys; too many of them where `large`."""

    def __init__(self, *keys: str, large: bool = False, modified: datetime = OLD) -> None:
        self.keys, self.large, self._modified = keys, large, modified

    def etags(self) -> dict[str, str] | None:
        return None if self.large else dict.fromkeys(self.keys, "")

    def modified(self, key: str) -> datetime | None:
        return self._modified if key in self.keys else None


@pytest.mark.parametrize("large", [True, False])
def test_an_object_is_the_runs_own_if_its_key_was_free(*, large: bool) -> None:
    found = belongings(lambda _: Listing(), FakeBucket("old", large=large))

    assert found.proof_of_object("old") == ""
    assert found.proof_of_object("new") == ABSENT


def test_an_object_that_the_server_just_made_is_the_runs_own() -> None:
    found = belongings(lambda _: Listing(), FakeBucket("thumb", large=True, modified=NOW))

    assert found.proof_of_object("thumb") == CREATED


def test_without_a_bucket_no_object_is_the_runs_own() -> None:
    assert belongings(lambda _: Listing()).proof_of_object("any") == ""
