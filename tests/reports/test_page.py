"""`index.html` as text: its content, no network, and no text that becomes mark-up."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from conformance.reports import page
from conformance.reports.headline import headline
from tests.reports.conftest import REPLAY, exchange, made_hostile, row

if TYPE_CHECKING:
    from conformance.reports.report import Report


class Elements(HTMLParser):
    """The start tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_it_shows_all_parts_of_a_failure(report: Report) -> None:
    text = Elements(page.render(report)).text

    failed = row(report, "HY-UPLOAD-21")
    for part in (
        "Nonconformant", headline(report), "http://h", failed["statement"],
        failed["source"]["section"], "a refusal", "it was 200", "1. create", "[redacted]",
        f"{REPLAY} -k test_it", "27 bytes", "after 125 ms", "1970-01-01 00:00:01 UTC",
        "missing; pass --short-lived-url or --max-wait", "needs wait",
    ):  # fmt: skip
        assert part in text, part


def test_every_requirement_can_be_linked_to(report: Report) -> None:
    ids = [attrs.get("id") for _, attrs in Elements(page.render(report)).tags if attrs.get("id")]

    assert {each["id"] for each in report.requirements} <= set(ids)
    assert len(ids) == len(set(ids))


def test_it_needs_no_network_and_its_policy_allows_none(report: Report) -> None:
    html = page.render(report)

    for _, attrs in Elements(html).tags:
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        for name in ("src", "href"):
            beside = r"#|data:|report\.json$|reproducers/\w+\.(py|sh)$|None$"
            assert re.match(beside, str(attrs.get(name))), attrs
    for element in ("style", "script"):
        content = re.search(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in html
    assert "default-src 'none'" in html


def test_hostile_text_adds_no_element_and_no_attribute(report: Report) -> None:
    tags = Elements(page.render(made_hostile(report))).tags

    assert [tag for tag, _ in tags].count("script") == 1
    assert not {"img", "iframe", "object"} & {tag for tag, _ in tags}
    assert not any(name.startswith("on") for _, attrs in tags for name in attrs)
    assert not any("javascript:" in str(attrs.get("href")) for _, attrs in tags)


def test_what_cannot_be_seen_is_named_by_its_code_point() -> None:
    shown = page.shown("a\u202eb\x1b\ud800\n\tc")

    assert "U+202E" in shown
    assert "RIGHT-TO-LEFT OVERRIDE" in shown
    assert "U+D800" in shown
    assert not {"\u202e", "\x1b", "\ud800"} & set(shown)
    assert shown.endswith("\n\tc")


def test_megabytes_are_cut_with_their_size_stated(report: Report) -> None:
    html = page.render(made_hostile(report, "<b>" * 100_000))

    assert len(html) < 11_000_000
    assert "300,000 characters in all" in html


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":[],"b":[1,{"c":"x{,}"}]}', 9),
        ("[]", 1),
        ("{broken", 1),
        ("[" * 41 + "]" * 41, 1),
        ('{"a": 1e5, "a": 1.0}', 4),
    ],
    ids=["nested", "empty", "no JSON", "deep", "as written"],
)
def test_json_is_indented_without_changing_a_token(text: str, lines: int) -> None:
    shown = page.indented(text)

    assert len(shown.splitlines()) == lines
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)


def test_the_timeline_shows_when_each_step_was_and_how_long(report: Report) -> None:
    text = Elements(page.render(report)).tags

    tracks = [str(attrs["aria-label"]) for tag, attrs in text if attrs.get("class") == "track"]
    assert tracks == [f"after {when}, took 125 ms" for when in ("0 ms", "1.0 s", "2.0 s")]


def test_a_report_without_a_walk_or_an_answer_still_renders(report: Report) -> None:
    report.data["lifecycle"] = []
    silent = exchange(response=None, error="timed out", started="never", caller=None)
    row(report, "HY-UPLOAD-21")["evidence"][0].update(exchange=silent, transcript=[])

    text = Elements(page.render(report)).text

    assert "step by step" not in text
    assert "no answer timed out" in text
    assert "without credentials" in text


def test_waivers_and_settings_are_shown_where_a_report_has_them(report: Report) -> None:
    waiver = {"reason": "fixed in May", "issue": "BUG-7", "owner": "ana", "expires": "2026-05-01"}
    row(report, "HY-UPLOAD-21")["waiver"] = waiver
    report.data["waivers"] = [{**waiver, "requirement": "HY-UPLOAD-21", "state": "expired"}]
    report.data["settings"] = [{"name": "seed", "value": "7", "origin": "flag"}]

    text = Elements(page.render(report)).text

    shown = "fixed in May · owner ana · issue BUG-7"
    for part in ("failed, waived", shown, "expired", "seed 7 flag"):
        assert part in text


def test_requirements_that_are_not_verified_are_grouped_by_the_cause(report: Report) -> None:
    for requirement, cause in (
        ("HY-PUT-02", {"blocked_by": "HY-UPLOAD-21", "seen": ""}),
        ("HY-PUT-03", {"needs": "s3-access", "seen": "a tampered signature got 200"}),
    ):
        row(report, requirement).update(cause=cause)

    html = page.render(report)

    section = Elements(html.partition('id="unverified-title"')[2].partition("</section>")[0])
    assert "Blocked by HY-UPLOAD-21 1 requirement (1 MUST)" in section.text
    assert "Needs --s3-bucket" in section.text
    assert "a tampered signature got 200" in section.text
    links = [attrs["href"] for tag, attrs in section.tags if tag == "a"]
    assert links[:2] == ["#HY-UPLOAD-21", "#HY-PUT-02"]


def test_a_run_that_ended_early_says_so_at_the_top(report: Report) -> None:
    report.data.update(complete=False, reason="interrupted")

    text = Elements(page.render(report)).text

    assert text.index("Incomplete: interrupted.") < text.index("Failed requirements")
