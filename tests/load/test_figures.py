from __future__ import annotations

from conformance.load.figures import figures, first_broken
from conformance.load.gathering import Gathered
from conformance.model.evidence import Evidence
from conformance.model.profile import Profile

CATALOGUE = Profile.load("feedhive").catalogue
BEGAN = 1_000_000_000.0


def found(requirement: str, started: str, oracle: str = "an-oracle") -> Evidence:
    exchange = {"started": started}
    return Evidence(requirement, "", "this", "that", exchange, [], [], None, oracle=oracle)


def test_the_first_broken_promise_is_the_earliest_must() -> None:
    proofs = [
        found("FH-LIST-09", "2001-09-09T01:46:50.000+00:00"),
        found("FH-COMPLETE-09", "2001-09-09T01:46:42.500+00:00"),
        found("FH-COMPLETE-20", "2001-09-09T01:46:41.000+00:00"),  # a SHOULD
    ]

    first = first_broken(proofs, CATALOGUE, BEGAN)

    assert first is not None
    assert (first["requirement"], first["level"], first["after_s"]) == (
        "FH-COMPLETE-09",
        "MUST",
        2.5,
    )
    only_should = first_broken(proofs[2:], CATALOGUE, BEGAN)
    assert only_should is not None
    assert only_should["level"] == "SHOULD"
    assert first_broken([], CATALOGUE, BEGAN) is None


def test_percentiles_and_rates_are_of_the_time_in_which_users_went_round() -> None:
    gathered = Gathered(rounds=3)
    gathered.timing.began, gathered.timing.ended = BEGAN, BEGAN + 10.0
    gathered.timing.answers["get_media"] = [number / 1000 for number in range(1, 101)]
    gathered.operations.update(get_media=110, put_object=5)
    gathered.errors.update(get_media=10, put_object=5)

    made = figures(gathered, CATALOGUE, 7)

    rows = {row["operation"]: row for row in made["operations"]}
    get = rows["get_media"]
    assert [get[f"p{share}_ms"] for share in (50, 90, 95, 99)] == [50.0, 90.0, 95.0, 99.0]
    assert (get["max_ms"], get["requests_per_s"], get["errors"]) == (100.0, 11.0, 10)
    assert rows["put_object"]["p50_ms"] is None  # nothing was answered
    assert (made["users"], made["requests"], made["errors"]) == (7, 115, 15)
    assert (made["seconds"], made["requests_per_s"]) == (10.0, 11.5)


def test_a_load_without_any_request_has_figures_too() -> None:
    made = figures(Gathered(), CATALOGUE, 1)

    assert (made["requests"], made["requests_per_s"], made["operations"]) == (0, 0.0, [])
