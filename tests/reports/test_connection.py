"""A run without checked certificates says so in every report, and a short secret is announced."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from conformance.reports.connection import INSECURE, proxy_note, warnings
from conformance.reports.formats import FORMATS
from conformance.reports.report import Report
from conformance.reports.terminal.report import print_header, print_report

if TYPE_CHECKING:
    from typing import Any

LOUD = ["json", "junit", "html", "markdown", "har", "annotations", "sarif", "openmetrics", "allure"]


def insecure(report: Report, **changes: Any) -> Report:
    target = {**report["target"], "insecure": True}
    return Report({**report.data, "target": target, "warnings": warnings(target), **changes})


@pytest.mark.parametrize("name", LOUD)
def test_every_format_says_that_no_certificate_was_checked(name: str, report: Report) -> None:
    assert "INSECURE" not in FORMATS[name].text(report)
    assert "INSECURE" in FORMATS[name].text(insecure(report))


@pytest.mark.parametrize("changes", [{}, {"verdict": "untestable", "reason": "it is away"}])
def test_the_terminal_says_it_with_the_verdict(report: Report, changes: dict[str, str]) -> None:
    out = io.StringIO()

    print_report(Console(file=out, width=200), insecure(report, **changes))

    assert INSECURE in out.getvalue()


def test_a_proxy_is_named_with_what_the_kit_cannot_check() -> None:
    assert proxy_note({}) == ""
    assert proxy_note({"proxy": "http://p:3128"}).startswith("http://p:3128; it resolves names")
    assert proxy_note({"proxy": "env"}).startswith("as the proxy variables say")


def test_short_secrets_are_announced_by_their_names() -> None:
    (line,) = warnings({"short_secrets": ["--token", "AWS_ACCESS_KEY_ID"]})

    assert "too short" in line
    assert line.endswith("--token, AWS_ACCESS_KEY_ID")


def test_the_header_of_a_run_names_the_proxy_and_the_warnings(report: Report) -> None:
    out = io.StringIO()
    target = {**report["target"], "proxy": "http://p:3128"}
    known = {"base_url": "http://h", "effort": "quick", "seed": "0"}
    settings = [{"name": name, "value": value, "origin": "flag"} for name, value in known.items()]

    shown = insecure(report, target={**target, "base_url": "http://h"}, settings=settings)
    print_header(Console(file=out, width=200), shown)

    assert "proxy  http://p:3128; it resolves names itself" in out.getvalue()
    assert INSECURE in out.getvalue()
