"""`junit.xml`: a suite for each operation, a test case for each requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.reports import failure
from conformance.reports.decision import excuse, mark, ruling
from conformance.reports.faults import cause_of, faults

if TYPE_CHECKING:
    from conformance.reports.faults import Cause
    from conformance.reports.report import Report, Row

# XML 1.0 section 2.2: a document must not hold these characters, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = frozenset({"not-verified", "not-applicable", "informative", "warned"})


def render(report: Report) -> str:
    """Return the document, with the elements that CI viewers read."""
    root = ET.Element(
        "testsuites",
        name=_text(f"conformance {report['profile']}"),
        time=f"{report['duration_s']:.3f}",
        timestamp=_text(report["started"]),
    )
    told = {cause_of(fault.text): fault.text for fault in faults(report)}
    for operation, rows in report.operations.items():
        _suite(root, report, operation, rows, told)
    run_failed = report["verdict"] == "untestable" or not report["complete"]
    if run_failed and not any(map(_is_error, report.requirements)):
        _run(root, report)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + ET.tostring(root, encoding="unicode") + "\n"


def _run(root: ET.Element, report: Report) -> None:
    """Add an error for the run itself: viewers show a document of skips alone as green."""
    suite = ET.SubElement(root, "testsuite", name=f"{report['profile']}.run", tests="1", errors="1")
    case = ET.SubElement(suite, "testcase", classname=_text(report["profile"]), name="the run")
    ET.SubElement(case, "error", message=_text(report["reason"] or report["verdict"]))


def _suite(
    root: ET.Element, report: Report, operation: str, rows: list[Row], told: dict[Cause, str]
) -> None:
    faulty = [row for row in rows if _is_error(row)]
    sound = [row for row in rows if row not in faulty]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=_text(f"{report['profile']}.{operation}"),
        tests=str(len(rows)),
        failures=str(sum(map(_counts, sound))),
        errors=str(len(faulty)),
        skipped=str(sum(map(_is_skipped, sound))),
        time=_seconds(rows),
        timestamp=_text(report["started"]),
    )
    loud = "; ".join(report.get("warnings", []))
    _properties(
        suite, verdict=report["verdict"], ruling=ruling(report),
        complete=str(report["complete"]).lower(), seed=str(report["seed"]),
        effort=report["effort"], **({"warning": loud} if loud else {}),
    )  # fmt: skip
    for row in rows:
        _testcase(suite, report["profile"], row, told)
    if loud:
        ET.SubElement(suite, "system-err").text = _text(loud)


def _testcase(suite: ET.Element, profile: str, row: Row, told: dict[Cause, str]) -> None:
    """Add the test case of a requirement; `told` holds the faults that no test case shows yet."""
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_text(f"{profile}.{row['operation']}"),
        name=_text(f"{row['id']} {row['title']}"),
        time=_seconds([row]),
    )
    _properties(case, requirement=row["id"], level=row["level"], outcome=row["outcome"])
    if _counts(row):
        failed = ET.SubElement(case, "failure", message=_text(row["reason"]))
        failed.text = _text(_failure(row))
    elif _is_error(row):
        ET.SubElement(case, "error", message="a fault of the kit").text = _text(
            told.pop(cause_of(_fault(row)), "the same fault as in an earlier test case")
        )
    elif _is_skipped(row):
        ET.SubElement(case, "skipped", message=_text(_why_skipped(row)))
        if row["evidence"]:
            ET.SubElement(case, "system-out").text = _text(_failure(row))


def _counts(row: Row) -> bool:
    """Whether a requirement failed, and is neither waived nor known to the baseline."""
    return row["outcome"] == "failed" and not mark(row)


def _is_skipped(row: Row) -> bool:
    return row["outcome"] in _SKIPPED or bool(row["outcome"] == "failed" and mark(row))


def _why_skipped(row: Row) -> str:
    excused = f", {excuse(row)}" if row["outcome"] == "failed" else ""
    return f"{row['outcome']}{excused}: {row['reason']}"


def _properties(parent: ET.Element, **values: str) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=_text(value))


def _is_error(row: Row) -> bool:
    """Whether the kit failed in a case of a requirement, and no case saw the server fail."""
    return bool(_fault(row)) and row["outcome"] != "failed"


def _fault(row: Row) -> str:
    return next((case["fault"] for case in row["cases"] if case["fault"]), "")


def _seconds(rows: list[Row]) -> str:
    return f"{sum(case['duration_s'] for row in rows for case in row['cases']):.3f}"


def _failure(row: Row) -> str:
    return "\n\n".join(
        failure.plain(row, proof, without=failure.OF_THE_REQUIREMENT if number else ())
        for number, proof in enumerate(failure.proofs(row))
    )


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
