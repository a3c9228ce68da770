"""The split of the cases: each in exactly one shard, balanced, and always the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.profile import profile_names
from conformance.model.shard import Shard
from conformance.problem import UsageProblem
from conformance.suite import durations, sharding
from conformance.suite.sharding import chosen, durations_file, name_of, split
from tests.reports.made import written

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.lists(st.text("abc[]/:", min_size=1, max_size=8), unique=True, max_size=40)


@given(NAMES, st.dictionaries(st.text("abc", max_size=3), st.floats(0, 60)), st.integers(1, 12))
def test_each_case_is_in_exactly_one_shard(
    names: list[str], seconds: dict[str, float], of: int
) -> None:
    shards = split(names, seconds, of)

    assert len(shards) == of
    assert sorted(name for shard in shards for name in shard) == sorted(names)


def test_the_order_of_the_collection_changes_nothing() -> None:
    names = [f"hayon/scenarios/test_a.py::test_{number}" for number in range(60)]
    seconds = {name_of(name): number % 7 / 3 for number, name in enumerate(names)}
    mixed = names[::-1]

    assert split(mixed, seconds, 4) == split(names, seconds, 4)


def test_the_shards_take_about_the_same_time() -> None:
    seconds = {f"scenarios/test_a.py::test_{number}": 0.2 + number % 5 for number in range(100)}

    loads = [sum(seconds[name] for name in shard) for shard in split(seconds, seconds, 4)]

    assert max(loads) - min(loads) < max(seconds.values())


def test_a_case_has_one_name_wherever_pytest_finds_it() -> None:
    inside = "hayon/scenarios/test_put.py::test_it[image/png]"
    installed = (
        "../lib/site-packages/conformance/profiles/hayon/scenarios/test_put.py::test_it[image/png]"
    )

    assert name_of(inside) == name_of(installed) == "scenarios/test_put.py::test_it[image/png]"


def test_an_unknown_case_gets_the_usual_duration() -> None:
    known = {"scenarios/a": sharding.DEFAULT_S, "scenarios/b": sharding.DEFAULT_S}

    first, second = split(["scenarios/a", "scenarios/b", "scenarios/new", "scenarios/x"], known, 2)

    assert len(first) == len(second) == 2


def test_a_shard_without_a_case_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"--shard 3/3 has no case: only 2 cases are selected"):
        chosen(["a", "b"], "hayon", Shard(3, 3))


@pytest.mark.parametrize("profile", profile_names())
def test_the_durations_come_with_the_kit(profile: str) -> None:
    known = json.loads(durations_file(profile).read_text(encoding="utf-8"))

    assert len(known) > 100
    assert all(name.startswith("scenarios/") and 0 < known[name] < 300 for name in known)


def test_the_durations_are_those_of_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = written(tmp_path / "r", "passed", case="feedhive/scenarios/test_x.py::test_it")
    data = json.loads((report / "report.json").read_text())
    data["timing"] = {
        **dict.fromkeys(("start_up_s", "cases_s", "clean_up_s", "end_s", "cpu_s"), 1),
        "judging_cpu_s": 1,
        "waiting_s": {"target": 1, "storage": 1},
        "operations": [],
        "slowest": [],
    }
    cases = [case for row in data["requirements"] for case in row["cases"]]
    cases[0]["duration_s"] = 1.234
    (report / "report.json").write_text(json.dumps(data))
    place = tmp_path / "durations.json"
    monkeypatch.setattr(durations, "durations_file", lambda _: place)

    assert durations.main([str(report)]) == 0

    assert json.loads(place.read_text()) == {"scenarios/test_x.py::test_it": 1.23}
    assert capsys.readouterr().out == f"wrote {place}\n"


def test_only_whole_runs_say_how_long_cases_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert durations.main([str(written(tmp_path / "r", "passed"))]) == 2
    assert "is not the report of a whole run" in capsys.readouterr().err


def test_the_longest_cases_begin_first_and_the_others_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ["short", "long", "shorter", "longest", "unknown"]
    seconds = {"long": 5.0, "longest": 9.0, "short": 0.1, "shorter": 0.05}
    monkeypatch.setattr(sharding, "durations", lambda _: seconds)

    found = sorted(names, key=sharding.longest_first("feedhive"))

    assert found == ["longest", "long", "short", "shorter", "unknown"]
