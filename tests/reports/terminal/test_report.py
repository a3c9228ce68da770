"""The report on the terminal: failures are easy to see, and server text cannot control it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from conformance.judge.finding import Blocked, Violation
from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.reports import document
from conformance.reports.terminal.report import print_header, print_report
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    from conformance.reports.report import Report

RERUN = Rerun("hayon", {"reference": True, "seed": 0})
REPLAY = RERUN.command()
#: An escape that clears the screen, a mark that writes backwards, half a surrogate pair.
HOSTILE = "\x1b[2J\x07\u202egnp.exe\u2066\udc80\r\nhayon: conformant"


def exchange(body: str = "", url: str = "http://h/u", status: int = 200) -> dict[str, Any]:
    return {
        "operation": "create_media_upload",
        "caller": "main",
        "request": {"method": "POST", "url": url, "headers": [], "body": {"text": "", "bytes": 0}},
        "response": {
            "status": status,
            "headers": [["Content-Type", "application/json"]],
            "body": {"text": body, "bytes": len(body)},
            "elapsed_s": 0.1,
            "truncated": False,
        },
        "error": None,
        "curl": f"curl --request POST --url {url}",
    }


def failing(requirement: str, outcome: Outcome = Outcome.FAILED, **changes: Any) -> CaseRecord:
    shown = {"case": "s::test_it[x]", "expected": "a refusal", "actual": "it was 200",
             "exchange": exchange("{}"), "steps": ["1. create"], **changes}  # fmt: skip
    proof = Evidence(requirement, **shown)
    return CaseRecord(proof.case, requirement, outcome, proof.actual, evidence=[proof])


def unverified(requirement: str, blocked: Blocked) -> CaseRecord:
    return CaseRecord(
        "s::n", requirement, Outcome.NOT_VERIFIED, blocked.reason, cause=blocked.cause
    )


def report_of(*cases: CaseRecord, **changes: Any) -> Report:
    catalogue = Profile.load("hayon").catalogue
    proven = {case.requirement for case in cases}
    passed = [
        CaseRecord(f"s::test_{row.id}", row.id, Outcome.PASSED)
        for row in catalogue
        if row.id not in proven
    ]
    target = {"base_url": "http://h", "capabilities": ["wait"]}
    run = Run("hayon", catalogue, [*cases, *passed], target=target, **changes)
    return document.report_of(run, RERUN)


def printed(report: Report, width: int = 80, *, every: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_report(console, report, every=every)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_a_failure_is_shown_in_the_promised_order() -> None:
    text = printed(report_of(failing("HY-UPLOAD-21")))

    failure = text[text.index("HY-UPLOAD-21 MUST failed: An unsupported") :]
    order = ["obligation", "expected", "actual", "1. create", "request", " -> 200 ", "source",
             "usual cause", "explain", "reproducer", "run again"]  # fmt: skip
    places = [failure.index(word) for word in order]
    assert places == sorted(places)
    assert f"{REPLAY} -k test_it" in failure


def test_one_look_at_the_operations_shows_what_failed() -> None:
    text = printed(report_of(failing("HY-UPLOAD-21")))

    operations = text.partition("HY-UPLOAD-21")[0]
    assert "1 failed" in operations
    assert "HY-UPLOAD-01" not in operations


def test_every_requirement_is_shown_when_asked_for() -> None:
    operations = printed(report_of(failing("HY-UPLOAD-21")), every=True).partition("─")[0]

    ids = {row.id for row in Profile.load("hayon").catalogue}
    assert all(requirement in operations for requirement in ids)


def test_the_last_lines_name_what_failed_and_the_verdict() -> None:
    *_, failed, verdict = printed(report_of(failing("HY-UPLOAD-21"))).splitlines()

    assert failed == "failed: HY-UPLOAD-21"
    assert verdict == "hayon: nonconformant"


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("every", [False, True])
def test_texts_that_are_not_copied_fit_the_terminal(width: int, *, every: bool) -> None:
    report = report_of(
        failing("HY-UPLOAD-21", actual="it was 200 " + "x" * 300),
        CaseRecord("s::w", "HY-PUT-05", Outcome.NOT_VERIFIED, "needs wait: pass --max-wait"),
    )

    lines = printed(report, width, every=every).splitlines()

    copied = ("request", "send again", "run again", "explain", "  --max-wait")
    prose = [line for line in lines if not line.strip().startswith(tuple(map(str.strip, copied)))]
    assert max(map(len, prose)) <= width


def test_a_text_to_copy_is_one_line_of_any_length() -> None:
    url = "http://h/" + "long/" * 60
    report = report_of(failing("HY-UPLOAD-21", exchange=exchange(url=url)))
    for row in report.requirements:
        for proof in row["evidence"]:
            proof["resend"] = True

    lines = printed(report, 40).splitlines()

    assert f"send again  curl --request POST --url {url}" in lines
    assert f"request  POST {url} -> 200 application/json" in lines


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_VERIFIED])
def test_text_of_a_server_cannot_control_the_terminal(outcome: Outcome, *, every: bool) -> None:
    case = failing(
        "HY-UPLOAD-21",
        expected=HOSTILE,
        actual=HOSTILE,
        steps=[HOSTILE],
        case=f"s::test_it[{HOSTILE}]",
        exchange=exchange(HOSTILE, url=f"http://h/{HOSTILE}"),
    )
    case.outcome, case.fault = outcome, HOSTILE
    silent = unverified("HY-PUT-05", Blocked(limit=HOSTILE))
    seen = unverified("HY-PUT-02", Blocked(capability="s3-access", seen=HOSTILE))

    text = printed(report_of(case, silent, seen, leftovers=[HOSTILE]), every=every)

    assert all(character.isprintable() or character == "\n" for character in text)
    assert "\\x1b[2J" in text
    assert text.splitlines().count("hayon: conformant") == 0


def test_markup_of_a_server_stays_text() -> None:
    text = printed(report_of(failing("HY-UPLOAD-21", actual="it was [bold]200[/bold] :smile:")))

    assert "it was [bold]200[/bold] :smile:" in text


def test_a_binary_body_is_named_and_not_printed() -> None:
    text = printed(report_of(failing("HY-UPLOAD-21", exchange=exchange("\ufffdPNG\0\ufffd"))))

    assert "PNG" not in text
    assert " bytes" in text


def test_an_observation_without_a_flag_is_below_that_flag() -> None:
    blocked = Blocked(capability="s3-access", seen="a tampered signature got 200")
    case = unverified("HY-PUT-02", blocked)

    text = printed(report_of(case))

    more = text[text.index("To verify more") :]
    assert "  --s3-bucket" in more
    assert "    a tampered signature got 200" in more


def test_a_long_body_is_cut_and_its_size_said() -> None:
    text = printed(report_of(failing("HY-UPLOAD-21", exchange=exchange("y" * 3_000))))

    assert "(3000 bytes in all)" in " ".join(text.split())
    assert text.count("y") < 300


def test_an_exchange_without_an_answer_says_why() -> None:
    silent = {**exchange(), "response": None, "error": "timed out"}

    assert "response  none: timed out" in printed(
        report_of(failing("HY-UPLOAD-21", exchange=silent))
    )


def test_further_cases_are_named_and_shown_when_asked_for() -> None:
    report = report_of(
        failing("HY-UPLOAD-21"),
        failing("HY-UPLOAD-21", case="s::test_other[y]", actual="it was 201"),
    )

    assert "also in  test_other (-v shows all)" in printed(report)
    assert "it was 201" not in printed(report)
    assert "it was 201" in printed(report, every=True)


def binding() -> list[str]:
    """Return the ids of requirements that a case can prove."""
    return [row.id for row in Profile.load("hayon").catalogue if row.has_cases]


def failures(count: int) -> list[CaseRecord]:
    """Return failures, each with a cause of its own and a long answer."""
    body = "y" * 3_000
    return [
        failing(name, case=f"s::test_{name}", actual=f"it was 201 {body[:280]}",
                exchange=exchange(body, status=201))
        for name in binding()[:count]
    ]  # fmt: skip


def test_five_causes_are_shown_in_full_and_then_a_line_each() -> None:
    text = printed(report_of(*failures(8)))

    assert text.count("obligation") == 5
    last = [line for line in text.splitlines() if line.startswith(f"  {binding()[7]} ")]
    assert len(last) == 1
    assert "3 more causes (-v shows each in full)" in text
    assert printed(report_of(*failures(8)), every=True).count("obligation") == 8


@pytest.mark.parametrize("width", [60, 80])
def test_a_title_is_shown_whole(width: int) -> None:
    row = max(Profile.load("hayon").catalogue, key=lambda row: len(row.title))

    text = " ".join(printed(report_of(failing(row.id)), width).split())

    assert len(row.title) > width - 30
    assert row.title in text


def test_what_an_oracle_saw_outside_of_a_case_is_not_named_as_a_case() -> None:
    case = failing("HY-UPLOAD-08")
    case.evidence.append(Evidence("HY-UPLOAD-08", case="", expected="x", actual="y"))

    assert "also in" not in printed(report_of(case))


@pytest.mark.parametrize("width", [80, 120])
def test_many_findings_fit_in_a_hundred_and_fifty_lines(width: int) -> None:
    assert len(printed(report_of(*failures(28)), width).splitlines()) <= 130  # and a header


def test_failures_of_one_cause_stand_together() -> None:
    wrong: dict[str, Any] = {"expected": "`success` to be true", "actual": 'it is "true"'}
    schema: dict[str, Any] = {"expected": "success to be of type boolean", "actual": 'it is "true"'}
    report = report_of(failing("HY-UPLOAD-08", **wrong), failing("HY-UPLOAD-SCHEMA", **schema))

    text = printed(report)

    assert "same cause  in HY-UPLOAD-SCHEMA" in text
    assert text.count("obligation") == 1


def test_the_columns_of_all_groups_are_the_same() -> None:
    lines = printed(report_of(failing("HY-UPLOAD-21")), 120, every=True).splitlines()
    rows = [line for line in lines if line.startswith("  HY-") and "passed" in line]

    assert len({line.index("passed") for line in rows}) == 1


def test_one_line_says_how_often_the_oracles_judged() -> None:
    report = report_of(failing("HY-UPLOAD-21"))
    rows = [
        {"name": n, "requirements": [], "judged": j, "found": 1}
        for n, j in (("a", 1_200), ("b", 0))
    ]
    report.data["oracles"] = rows

    assert "oracles: 2 judged 1,200 times and found 2; 1 of them had nothing to judge" in printed(
        report
    )


def test_blocked_requirements_are_grouped_by_the_one_that_blocks_them() -> None:
    violation = Violation("x", "y", requirement="HY-UPLOAD-01")
    blocked = [
        unverified(name, Blocked(violation=violation)) for name in ("HY-UPLOAD-02", "HY-UPLOAD-03")
    ]

    text = printed(report_of(failing("HY-UPLOAD-01"), *blocked))

    group = text[text.index("Blocked by") :].splitlines()
    assert group[1].startswith("  HY-UPLOAD-01: 2 requirements (")
    assert group[2] == "    HY-UPLOAD-02, HY-UPLOAD-03"


def test_the_flags_that_would_verify_more_are_named_with_their_gain() -> None:
    cases = [
        unverified("HY-PUT-05", Blocked(capability="wait")),
        unverified("HY-PUT-06", Blocked(limit="the clocks differ too much")),
    ]

    text = printed(report_of(*cases))

    limits, _, flags = text.partition("To verify more")
    assert "Not verified" in limits
    assert "  the clocks differ too much: HY-PUT-06 (SHOULD)" in limits
    assert "  --short-lived-url or --max-wait: HY-PUT-05 (MUST)" in flags


def test_a_long_list_of_ids_is_shortened_unless_asked_for() -> None:
    rows = [row.id for row in Profile.load("hayon").catalogue][:20]
    cases = [CaseRecord("s::n", name, Outcome.NOT_VERIFIED, "too slow") for name in rows]

    assert "and 16 more" in printed(report_of(*cases))
    assert "more" not in printed(report_of(*cases), every=True)


def test_an_untestable_target_gets_one_line() -> None:
    report = document.report_of(
        Run("hayon", Profile.load("hayon").catalogue, [], untestable="it is down"), RERUN
    )

    assert printed(report) == "hayon: untestable (it is down)\n"


def test_an_interrupted_run_says_so_beside_its_verdict() -> None:
    assert "hayon: conformant (interrupted)" in printed(report_of(incomplete="interrupted"))


def test_leftovers_are_named() -> None:
    text = printed(report_of(leftovers=["media 1", "media 2"]))

    assert "could not be removed from the target: 2\n    media 1, media 2\n" in text


def header(settings: list[dict[str, str]], width: int = 80) -> str:
    known = {"base_url": "http://h", "effort": "quick", "seed": "7"}
    base = [{"name": n, "value": v, "origin": "flag"} for n, v in known.items()]
    report = report_of(settings=[*base, *settings])
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_header(console, report)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_the_header_shows_present_and_missing_capabilities() -> None:
    text = header([])

    catalogue = Profile.load("hayon").catalogue
    count = f"({len(list(catalogue))} requirements)"
    assert f"hayon catalogue {catalogue.version} {count}" in text
    assert "target  http://h" in text
    assert "with  wait" in text
    assert "without  other-token: pass --other-token" in text
    assert "             posts: pass --capability posts" in text
    assert "effort  quick, seed 7" in text


def test_the_header_shows_changed_settings_and_their_origins() -> None:
    text = header(
        [
            {"name": "max_wait", "value": "660", "origin": "file"},
            {"name": "token", "value": "[redacted]", "origin": "environment"},
            {"name": "workers", "value": "1", "origin": "default"},
            {"name": "s3_bucket", "value": "media", "origin": "reference"},
        ]
    )

    assert "settings  max_wait 660 (file), token [redacted] (environment)" in text
    assert "workers" not in text
    assert "media" not in text.partition("settings")[2]
