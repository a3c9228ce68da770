from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.connection import Connection
from conformance.load.loading import Loading
from conformance.load.orders import Orders
from conformance.problem import UsageProblem
from conformance.runner.locust_process import command, environment
from conformance.target import Limits, Target, parsed_network

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target(
    "feedhive",
    "http://127.0.0.1:8000/api",
    "main-token-0123456789",
    "other-token-0123456789",
    storage_resolve={"store.test": "127.0.0.1:9000"},
    storage_host=frozenset({"store.test"}),
    allow_network=(parsed_network("10.0.0.0/8"),),
    connection=Connection(headers=(("X-Gateway", "gateway-secret-0123"),)),
    limits=Limits(created=50, rate=2.5, concurrency=7, run=77.0),
    more_tokens=("third-token-0123456789", "fourth-token-0123456789"),
)


def test_a_process_gets_the_same_target_through_a_private_file_that_it_removes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.orders"
    Orders.of(TARGET, "run", tmp_path, processes=2).write(path)
    mode = path.stat().st_mode & 0o777

    taken = Orders.taken(path)

    assert mode == 0o600
    assert not path.exists()
    assert taken.target == TARGET
    assert list(taken.target.tokens) == ["main", "other", "user-3", "user-4"]


def test_orders_replace_no_file_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "run.orders"
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        Orders.of(TARGET, "run", tmp_path, processes=1).write(path)


@pytest.mark.parametrize("web", [None, 8089])
@pytest.mark.parametrize("processes", [1, 2])
def test_neither_the_words_nor_the_variables_of_locust_hold_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int, web: int | None
) -> None:
    for name in ("CONFORMANCE_TOKEN", "CONFORMANCE_HEADER", "LOCUST_HOST"):
        monkeypatch.setenv(name, TARGET.token)

    words = command(Loading(4, 5, processes, web=web), tmp_path / "figures")
    variables = environment(tmp_path / "run.orders", processes)

    shown = [*words, *(value for name, value in variables.items() if not name.startswith("AWS_"))]
    assert not [one for one in filter(None, TARGET.secrets) if one in "\n".join(shown)]
    hosts = [words[number + 1] for number, word in enumerate(words) if word.endswith("-host")]
    assert set(hosts) <= {"127.0.0.1"}
    assert ("--headless" in words) is (web is None)
    assert ("--processes" in words) is (processes > 1)
    assert not [name for name in variables if name.startswith("LOCUST_")]


def test_a_load_has_bounds_of_its_own_but_for_those_that_the_user_sets() -> None:
    bounded = Loading(300, 20).bounded(TARGET, {"max_time"})

    assert bounded.limits.run == 77.0
    assert bounded.limits.concurrency == 300
    assert bounded.limits.requests > TARGET.limits.requests
    assert (bounded.limits.created, bounded.limits.rate) == (50, 2.5)
    assert replace(bounded, limits=TARGET.limits) == TARGET


def test_each_process_needs_a_user() -> None:
    with pytest.raises(UsageProblem, match="each process needs a user"):
        Loading(2, 5, processes=3)
