"""A program of a user, as mypy sees it: every name of the package has its type, and no other does.

It is type-checked with the tests, and never run.
"""

from __future__ import annotations

import sys
from typing import assert_type

import conformance
from conformance import Report, Requirement, Target


def judged(app: object) -> Report:
    with conformance.serving(app) as url, conformance.serving_wsgi(app) as other:
        assert_type(url, str)
        limits = conformance.Limits(run=60.0)
        connection = conformance.Connection(ca_bundle="authority.pem")
        target = Target("feedhive", other, token="t", limits=limits, connection=connection)
        report = conformance.validate(target, effort="quick", select="FH", output=sys.stdout)
    assert_type(report, Report)
    assert_type(report.verdict, str)
    assert_type(report.counts, dict[str, int])
    assert_type(report.broken, frozenset[str])
    assert_type(conformance.render(report, "junit"), str)
    return report


def titles() -> list[str]:
    rows = conformance.requirements("feedhive")
    assert_type(rows, tuple[Requirement, ...])
    return [row.title for row in rows]


def exit_code(problem: conformance.Problem) -> int:
    match problem:
        case conformance.UsageProblem() | conformance.TargetProblem() | conformance.KitFault():
            return problem.exit_code
    return 1


conformance.validate(Target("feedhive", "http://h", token="t"), effort="fast")  # type: ignore[arg-type]
conformance.nothing  # type: ignore[attr-defined] # noqa: B018 - no other name exists
