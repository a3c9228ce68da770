"""`junit.xml`: a suite for each operation, a test case for each requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.reports.document import replay_line
from conformance.verdict import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.verdict import RequirementResult, Run

# XML 1.0 section 2.2: characters that no document may hold, escaped or not.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(run: Run, path: Path, replay: str) -> None:
    """Write the file; CI viewers read real `failure`, `skipped` and `error` elements."""
    root = ET.Element("testsuites", name=f"conformance {run.profile}", time=str(run.duration_s))
    for operation in dict.fromkeys(result.requirement.operation for result in run.requirements):
        rows = [row for row in run.requirements if row.requirement.operation == operation]
        _suite(root, run, operation, rows, replay)
    tree = ET.ElementTree(root)
    ET.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _suite(
    root: ET.Element, run: Run, operation: str, rows: list[RequirementResult], replay: str
) -> None:
    failed = sum(row.outcome is Outcome.FAILED for row in rows)
    skipped = sum(row.outcome in _SKIPPED for row in rows)
    faults = [case for case in run.faults if run.catalogue[case.requirement].operation == operation]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=f"{run.profile}.{operation}",
        tests=str(len(rows)),
        failures=str(failed),
        errors=str(len({case.requirement for case in faults})),
        skipped=str(skipped),
        time=f"{sum(case.duration_s for row in rows for case in row.cases):.3f}",
    )
    for row in rows:
        _testcase(suite, run.profile, row, replay)


_SKIPPED = frozenset(
    {Outcome.NOT_VERIFIED, Outcome.NOT_APPLICABLE, Outcome.INFORMATIVE, Outcome.WARNED}
)


def _testcase(suite: ET.Element, profile: str, row: RequirementResult, replay: str) -> None:
    requirement = row.requirement
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{profile}.{requirement.operation}",
        name=_text(f"{requirement.id} {requirement.title}"),
        time=f"{sum(part.duration_s for part in row.cases):.3f}",
    )
    properties = ET.SubElement(case, "properties")
    for name, value in (("requirement", requirement.id), ("level", requirement.level.value)):
        ET.SubElement(properties, "property", name=name, value=value)
    fault = next((part.fault for part in row.cases if part.fault), None)
    if fault:
        ET.SubElement(case, "error", message="a fault of the kit").text = _text(fault)
    elif row.outcome is Outcome.FAILED:
        failure = ET.SubElement(case, "failure", message=_text(row.reason))
        failure.text = _text(_story(row, replay))
    elif row.outcome in _SKIPPED:
        ET.SubElement(case, "skipped", message=_text(f"{row.outcome.value}: {row.reason}"))


def _story(row: RequirementResult, replay: str) -> str:
    lines = [row.requirement.statement]
    for proof in row.evidence:
        lines += [f"expected {proof.expected}", f"but {proof.actual}", *proof.steps]
        if proof.exchange is not None:
            lines.append(proof.exchange["curl"])
        lines.append(replay_line(replay, proof.case))
    lines.append(str(row.requirement.source))
    return "\n".join(lines)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
