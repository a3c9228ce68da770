"""Reports of shards become one report, with the verdict that a single run would have."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.decision import Decision
from conformance.model.evidence import CaseRecord, Cause, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import INTERRUPTED, Run
from conformance.model.shard import Shard
from conformance.model.waiver import Waiver
from conformance.problem import UsageProblem
from conformance.reports.document import report_of
from conformance.reports.report import Report
from conformance.reports.terminal.console import Console
from conformance.runner.merge import merge_reports, merged
from conformance.runner.waivers import apply
from conformance.settings.layers import described, resolved
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = Profile.load("hayon").catalogue
ROWS = [row.id for row in CATALOGUE]
CAUSES = (Cause(needs="storage-gate"), Cause(limit="a quota"), Cause(blocked_by="HY-PUT-01"))
FLAGS: dict[str, Any] = dict.fromkeys(("baseline", "require_verified", "strict_waivers", "verbose"))


def record(number: int, row: str, outcome: Outcome, about: str, cause: Cause | None) -> CaseRecord:
    case = CaseRecord(f"hayon/scenarios/test_x.py::test_{number}", row, outcome, duration_s=0.5)
    case.requests = number
    if outcome is Outcome.NOT_VERIFIED:
        case.cause, case.reason = cause, "a reason"
    if outcome is Outcome.FAILED:
        case.reason = "it was 500"
        case.evidence = [Evidence(about, case.case, "a success", "it was 500")]
    return case


JUDGED = (Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.NOT_VERIFIED)
RECORDS = st.lists(
    st.builds(
        record,
        st.integers(0, 10_000),
        st.sampled_from(ROWS),
        st.sampled_from(JUDGED),
        st.sampled_from(ROWS),
        st.sampled_from(CAUSES),
    ),
    unique_by=lambda case: case.case,
    max_size=30,
)


def run_of(cases: list[CaseRecord], **changes: Any) -> Run:
    values = {**resolved(), "base_url": "http://h"}
    return Run(
        "hayon",
        CATALOGUE,
        cases,
        **{
            "target": {"base_url": "http://h", "capabilities": []},
            "settings": described(values, {}),
            **changes,
        },
    )


def report(run: Run, path: Path | None = None, **rerun: Any) -> Report:
    decision = Decision.of(run)
    made = report_of(run, Rerun("hayon", {"seed": 0, **rerun}), decision)
    data = json.loads(json.dumps(made.data))
    return Report(data, path / "report.json" if path else None)


def shards_of(cases: list[CaseRecord], of: int, **changes: Any) -> list[Report]:
    """Return the reports of shards that ran these cases, one after the other."""
    return [
        report(
            run_of(
                cases[number - 1 :: of],
                shard=Shard(number, of),
                selection=f"--shard {number}/{of}",
                **changes,
            )
        )
        for number in range(1, of + 1)
    ]


def judged(run: Run) -> dict[str, Any]:
    rows = {row.requirement.id: row.outcome for row in run.requirements}
    decision = Decision.of(run, require_verified=True)
    return {
        "rows": rows,
        "verdict": run.verdict,
        "codes": (Decision.of(run).exit_code, decision.exit_code),
        "new": Decision.of(run).new,
        "requests": sum(case.requests for case in run.cases),
    }


@hypothesis.settings(max_examples=30, deadline=None)
@given(RECORDS, st.integers(1, 5))
def test_the_merged_verdict_is_that_of_the_single_run(cases: list[CaseRecord], of: int) -> None:
    single = run_of(cases)

    joined = merged(shards_of(cases, of))

    assert judged(joined) == judged(single)
    assert joined.shard is None
    assert joined.selection == ""


@hypothesis.settings(max_examples=20, deadline=None)
@given(RECORDS)
def test_a_requirement_of_other_shards_is_never_passed_and_never_fails_the_shard(
    cases: list[CaseRecord],
) -> None:
    passed = [replace(case, outcome=Outcome.PASSED, evidence=[], cause=None) for case in cases]

    for shard in shards_of(passed, 3):
        code = shard["decision"]["exit_code"]
        assert code == 0
        for row in shard.requirements:
            if not row["cases"]:
                assert row["outcome"] in {"not-verified", "informative"}
            if row["outcome"] == "not-verified":
                assert "its cases run in other shards" in row["reason"]


def test_a_shard_answers_for_its_own_rows_where_all_must_be_verified() -> None:
    passed = record(1, "HY-PUT-01", Outcome.PASSED, "", None)
    blocked = record(2, "HY-PUBLIC-01", Outcome.NOT_VERIFIED, "", CAUSES[1])
    part: dict[str, Any] = {"shard": Shard(1, 2), "selection": "--shard 1/2"}

    assert run_of([passed], **part).exit_code(require_verified=True) == 0
    assert run_of([passed, blocked], **part).exit_code(require_verified=True) == 5


def passing(number: int = 1) -> CaseRecord:
    return record(number, ROWS[number % 3], Outcome.PASSED, "", None)


REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "another profile": ([{}, {"profile": "feedhive"}], "different profiles: .*hayon.*feedhive"),
    "another kit": ([{}, {"kit_version": "0.0.9"}], "different kit versions: .*0.0.9"),
    "an old kit": ([{"kit_version": "0.0.9"}] * 2, "of kit 0.0.9 .*with the kit that made them"),
    "another catalogue": ([{}, {"catalogue_version": "9"}], "different catalogues: .* 9"),
    "another target": (
        [{}, {"target": {"base_url": "http://other"}}],
        "different targets: .*http://h, and .*http://other",
    ),
    "another build": ([{"build": "a"}, {"build": "b"}], "different builds"),
    "another effort": ([{}, {"effort": "quick"}], "different efforts: .*standard, and .*quick"),
    "another pin": ([{}, {"as_of": "1.0.0"}], "different pinned catalogues"),
    "a missing shard": (
        [
            {
                "shard": {"number": number, "of": 3, "shared": False},
                "selection": f"--shard {number}/3",
            }
            for number in (1, 2)
        ],
        "missing: the report of shard 3/3",
    ),
    "a doubled shard": (
        [{}, {"shard": {"number": 1, "of": 2, "shared": False}, "selection": "--shard 1/2"}],
        "there twice: shard 1/2",
    ),
    "shards of another number": (
        [{}, {"shard": {"number": 2, "of": 3, "shared": False}}],
        "different numbers of shards: .* 2, and .* 3",
    ),
    "a whole run among shards": ([{}, {"shard": None}], "not of a shard, and others are"),
    "another seed": ([{}, {"seed": 7}], "different seeds: .* 0, and .* 7"),
    "the traffic of others": ([{}, {"traffic": {"source": "watch"}}], "traffic of others"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_reports_that_do_not_belong_together_are_refused_in_one_line(name: str) -> None:
    changes, message = REFUSED[name]
    shards = shards_of([passing(1), passing(2)], 2)
    for shard, change in zip(shards, changes, strict=True):
        shard.data.update(change)

    with pytest.raises(UsageProblem, match=message) as refused:
        merged(shards)

    assert "\n" not in str(refused.value)


def test_selections_of_shards_have_to_be_the_same() -> None:
    shards = shards_of([passing(1), passing(2)], 2)
    shards[0].data["selection"] = "-k 'put' --shard 1/2"

    with pytest.raises(UsageProblem, match=r"different selections: .*-k 'put', and .* none"):
        merged(shards)


def test_servers_that_each_shard_started_are_one_target() -> None:
    runs = [
        run_of([passing(number)], target={"base_url": f"http://127.0.0.1:{number}"})
        for number in (1, 2)
    ]
    same = [report(run, start="serve --port {port}") for run in runs]
    other = [report(run, start=f"serve --port {number}") for number, run in enumerate(runs)]
    for number, found in enumerate((*same, *other)):
        found.data["shard"] = {"number": number % 2 + 1, "of": 2, "shared": False}

    assert len(merged(same).cases) == 2
    with pytest.raises(UsageProblem, match=r"different targets: .*--start 'serve --port 0'"):
        merged(other)


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"incomplete": "the server stopped answering"}, 3, "shard 2/2: the server stopped"),
        ({"incomplete": INTERRUPTED}, 3, "shard 2/2: interrupted"),
        ({"untestable": "nobody answers"}, 3, "shard 2/2: nobody answers"),
        ({"incomplete": "a worker died", "dead_worker": "a worker died"}, 4, "shard 2/2: a worker"),
    ],
)
def test_a_part_that_ended_early_makes_the_whole_incomplete(
    change: dict[str, str], code: int, reason: str
) -> None:
    first, second = shards_of([passing(1), passing(2)], 2)
    part = run_of([], shard=Shard(2, 2), selection="--shard 2/2", **change)

    joined = merged([first, report(part)])

    assert joined.exit_code() == code
    assert joined.incomplete.startswith(reason)
    assert second["complete"]


def test_what_a_broken_must_shows_wins_over_a_part_that_ended_early() -> None:
    broken = record(1, "HY-PUT-01", Outcome.FAILED, "HY-PUT-01", None)
    first, _ = shards_of([broken, passing(2)], 2)
    part = run_of([], shard=Shard(2, 2), selection="--shard 2/2", incomplete="out of time")

    assert merged([first, report(part)]).exit_code() == 1


def test_a_target_that_no_part_reached_is_untestable() -> None:
    joined = merged(shards_of([], 2, untestable="nobody answers"))

    assert (joined.untestable, joined.exit_code()) == ("nobody answers", 3)


def test_a_fault_of_the_kit_in_one_shard_is_one_of_the_whole() -> None:
    faulty = passing(2)
    faulty.outcome, faulty.fault = Outcome.NOT_VERIFIED, "Traceback"

    joined = merged(shards_of([passing(1), faulty], 2))

    assert (joined.exit_code(), joined.incomplete) == (4, "")


def test_what_the_parts_left_and_made_is_added() -> None:
    parts = [
        run_of(
            [passing(number)],
            leftovers=[f"media {number}"],
            made=Counter(uploads=number, bytes=10),
            left_behind=Counter({"draft posts": 2}),
            duration_s=float(number),
            started=100.0 - number,
        )
        for number in (1, 2)
    ]
    for number, part in enumerate(parts, 1):
        part.shard = Shard(number, 2)
        part.oracles.add({"counts": [{"name": "o", "requirements": [], "judged": 3, "found": 1}]})

    joined = merged([report(part) for part in parts])

    assert joined.leftovers == ["media 1", "media 2"]
    assert (joined.made["uploads"], joined.made["bytes"]) == (3, 20)
    assert joined.duration_s == 2.0
    assert joined.started == 98.0
    assert joined.oracles.rows == [{"name": "o", "requirements": [], "judged": 6, "found": 2}]


def test_earlier_runs_of_one_target_fill_each_others_gaps() -> None:
    unseen = record(5, "HY-PUT-01", Outcome.NOT_VERIFIED, "", CAUSES[1])
    seen = replace(unseen, outcome=Outcome.PASSED, cause=None, reason="")
    first = report(run_of([unseen, passing(1)], selection="put", started=1.0))
    second = report(run_of([seen, passing(2)], selection="post", started=2.0))

    joined = merged([first, second])

    assert {case.case: case.outcome for case in joined.cases} == dict.fromkeys(
        (seen.case, passing(1).case, passing(2).case), Outcome.PASSED
    )
    assert joined.selection == "the merged runs"


def test_a_failure_of_an_earlier_run_stays_although_a_later_one_passed() -> None:
    broken = record(5, "HY-PUT-01", Outcome.FAILED, "HY-PUT-01", None)
    later = replace(broken, outcome=Outcome.PASSED, evidence=[])

    joined = merged([report(run_of([broken], started=1.0)), report(run_of([later], started=2.0))])

    assert joined.exit_code() == 1


def test_one_report_twice_is_refused() -> None:
    with pytest.raises(UsageProblem, match="are the same report"):
        merged([report(run_of([passing()]))] * 2)


def test_the_merged_report_is_written_in_every_format_and_fits_the_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = record(1, "HY-PUT-01", Outcome.FAILED, "HY-PUT-01", None)
    shards = shards_of([broken, passing(2)], 2)
    place = tmp_path / "merged"

    code = merge_reports(shards, {**FLAGS, "report_dir": str(place)}, Console())

    assert code == 1
    read = Report.read(place)
    assert [row["selection"] for row in read["merged"]] == ["--shard 1/2", "--shard 2/2"]
    assert "shard" not in read.data
    assert (place / "junit.xml").is_file()
    assert (place / "index.html").is_file()
    printed = capsys.readouterr().out
    assert "2 reports: shard 1/2, shard 2/2" in printed
    assert "nonconformant" in printed


def test_waivers_of_the_parts_spare_the_whole(tmp_path: Path) -> None:
    broken = record(1, "HY-PUT-01", Outcome.FAILED, "HY-PUT-01", None)
    shards = []
    for number, cases in enumerate(([broken], [passing(2)]), 1):
        part = run_of(cases, shard=Shard(number, 2), selection=f"--shard {number}/2")
        apply([Waiver("HY-PUT-01", "known")], part, known=ROWS, left_out=set)
        shards.append(report(part))

    code = merge_reports(shards, {**FLAGS, "report_dir": str(tmp_path)}, Console())

    waivers = Report.read(tmp_path)["waivers"]
    assert [(row["requirement"], row["state"]) for row in waivers] == [("HY-PUT-01", "applied")]
    assert code in {0, 3}  # untestable: the anchors were not run


def test_a_report_is_not_replaced_by_the_one_that_is_made_of_it(tmp_path: Path) -> None:
    shards = [
        Report(found.data, tmp_path / str(number) / "report.json")
        for number, found in enumerate(shards_of([passing(1), passing(2)], 2))
    ]

    with pytest.raises(UsageProblem, match="holds one of the reports to merge"):
        merge_reports(shards, {**FLAGS, "report_dir": str(tmp_path / "1")}, Console())
