"""`summary.md`: each failure, and text of a server that cannot become mark-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from conformance.reports import markdown
from tests.reports.conftest import REPLAY, made_hostile, row

if TYPE_CHECKING:
    from conformance.reports.report import Report


def rendered(text: str) -> str:
    """Return the HTML that a reader of GitHub's Markdown makes of a text."""
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))


def test_it_shows_verdict_counts_and_each_failure(report: Report) -> None:
    text = markdown.render(report)

    assert text.startswith("## ❌ hayon: nonconformant")
    assert "| MUST | 1 |" in text
    replay = f"`{REPLAY} -k test_it`"
    for part in ("**HY-UPLOAD-21** (MUST)", "- actual: `it was 200`", replay, "### Warned"):
        assert part in text
    assert "`needs wait`: HY-PUT-05" in text


def test_remarks_on_the_run_are_above_the_counts(report: Report) -> None:
    report.data.update(complete=False, reason="interrupted", selection="test_put")

    text = markdown.render(report)

    assert "> **Incomplete: interrupted.**" in text
    assert text.index("Incomplete") < text.index("| level |")
    assert "test\\_put" in text


def test_requirements_that_are_not_verified_are_grouped_by_the_cause(report: Report) -> None:
    for requirement, cause in (
        ("HY-PUT-02", {"blocked_by": "HY-UPLOAD-21"}),
        ("HY-PUT-03", {"needs": "posts", "seen": "a tampered signature got 200"}),
        ("HY-PUT-04", {"needs": "posts", "seen": ""}),
    ):
        row(report, requirement).update(cause=cause)

    text = markdown.render(report)

    assert "- blocked by `HY-UPLOAD-21`: HY-PUT-02\n" in text
    group = "- needs `--capability posts`: HY-PUT-03, HY-PUT-04\n  - `a tampered signature got 200`"
    assert group in text


def test_waivers_are_named_with_their_state(report: Report) -> None:
    report.data["waivers"] = [
        {"requirement": "HY-UPLOAD-21", "reason": "fixed in May", "state": "expired"}
    ]

    assert "- HY-UPLOAD-21 (expired): fixed in May" in markdown.render(report)


def test_hostile_text_stays_text(report: Report) -> None:
    html = rendered(markdown.render(made_hostile(report)))

    for element in ("<script", "<img", "<a href"):
        assert element not in html
    assert "&lt;script&gt;" in html
    assert not {"\x00", "\x1b", "\u202e"} & set(html)


@pytest.mark.parametrize("text", ["`", "``a`", "a|b", " a ", "\\", "a`b``c"])
def test_a_code_span_shows_the_text_whatever_its_backticks(text: str) -> None:
    html = rendered(f"before {markdown.code(text)} after")

    shown = " ".join(text.split()).replace("|", "\N{BROKEN BAR}")
    assert html == f"<p>before <code>{shown}</code> after</p>\n"


@pytest.mark.parametrize("text", ["```\nout", "~~~", "````"])
def test_a_block_cannot_be_left_from_inside(text: str) -> None:
    html = rendered(markdown.block(text + "\n<b>bold</b>"))

    assert "<b>" not in html
    assert html.count("<pre>") == 1
