"""Each wrong server breaks one rule, and the same traffic of two callers shows it."""

from __future__ import annotations

import pytest

from tests.oracles import wrong_libraries, wrong_media, wrong_sessions
from tests.oracles.simulated_server import Server, Traits
from tests.oracles.traffic import Traffic, judged
from tests.oracles.visit import a_whole_visit
from tests.oracles.wrong import WRONG

#: Importing these registers their servers.
_MODULES = (wrong_sessions, wrong_media, wrong_libraries)


def test_a_correct_server_passes_the_visit() -> None:
    for traits in (Traits(), Traits(lag_s=4.0, fresh_urls=True, offsets=True), Traits(copies=True)):
        assert judged(a_whole_visit(Server(traits))) == []


@pytest.mark.parametrize(
    ("requirement", "server"), WRONG, ids=[server.__name__ for _, server in WRONG]
)
def test_a_wrong_server_is_found(requirement: str, server: type[Server]) -> None:
    found = judged(a_whole_visit(server()))

    assert requirement in {finding.requirement for finding in found}


@pytest.mark.parametrize(
    ("requirement", "server"), WRONG, ids=[server.__name__ for _, server in WRONG]
)
def test_a_defect_is_reported_a_few_times_only(requirement: str, server: type[Server]) -> None:
    found = judged(a_whole_visit(server()))

    assert [finding.requirement for finding in found].count(requirement) <= 10


@pytest.mark.parametrize(
    ("server", "wanted"),
    [
        (Server, set()),
        (wrong_media.FetchedVeryLate, {"FH-COMPLETE-20"}),
        (wrong_libraries.DeletedAreFetched, {"FH-DELETE-19"}),
    ],
)
def test_a_client_that_fetches_only_at_once_sees_what_never_came(
    server: type[Server], wanted: set[str]
) -> None:
    traffic = Traffic(server())
    upload = traffic.media()
    traffic.get(upload)
    traffic.wait(1)
    traffic.delete(upload)
    traffic.wait(1)
    traffic.get(upload)
    traffic.wait(1)

    assert {finding.requirement for finding in judged(traffic)} == wanted
