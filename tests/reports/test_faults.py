"""Faults of the kit: one cause is told once, however many cases it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.reports import junit
from conformance.reports.document import report_of
from conformance.reports.faults import FILE, cause_of, faults, summary, text

if TYPE_CHECKING:
    from conformance.model.run import Run

TRACEBACK = """Traceback (most recent call last):
  File "/kit/case.py", line {case}, in test
    walk()
  File "/kit/{module}.py", line 7, in walk
    next(pages)
{kind}: {text}
"""


def fault(
    case: int = 1, module: str = "library", kind: str = "StopIteration", text: str = ""
) -> str:
    return TRACEBACK.format(case=case, module=module, kind=kind, text=text)


def test_the_kind_of_the_exception_and_its_place_make_the_cause() -> None:
    assert cause_of(fault(case=1, text="a")) == cause_of(fault(case=2, text="b"))
    assert cause_of(fault(module="other")) != cause_of(fault())
    assert cause_of(fault(kind="ValueError")) != cause_of(fault())
    assert cause_of("no traceback") == ("no traceback", "no traceback")


def test_each_cause_is_told_once_with_its_cases(run: Run) -> None:
    for number, case in enumerate(run.cases):
        case.fault = fault(case=number)
    run.cases[-1].fault = fault(kind="ValueError")

    found = faults(report_of(run))

    assert [len(one.cases) for one in found] == [len(run.cases) - 1, 1]
    assert found[0].text == fault(case=0)


def test_the_terminal_shows_a_line_and_the_file_what_happened(run: Run) -> None:
    for number, case in enumerate(run.cases):
        case.fault = fault(case=number)
    found = faults(report_of(run))

    assert summary(found[0]).count("\n") == 0
    assert FILE in summary(found[0])
    assert text(found).count("Traceback") <= 1
    assert fault(case=0).splitlines()[0] in text(found)


def test_junit_shows_the_traceback_of_a_cause_once(run: Run) -> None:
    for number, case in enumerate(run.cases):
        case.fault = fault(case=number)

    text = junit.render(report_of(run))

    assert text.count("Traceback") <= 1
    root = ET.fromstring(text)  # noqa: S314 - our own document
    assert int(root.get("errors", "0")) == len(root.findall(".//error"))
