"""Text of a server is text in every format: no format is broken or steered by any of Unicode."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.model.redaction import visible
from conformance.reports import github
from conformance.reports.formats import FORMATS
from conformance.reports.reproducers import shell
from conformance.reports.reproducers.case_file import case_file
from tests.reports.conftest import HOSTILE, exchange, made_hostile

if TYPE_CHECKING:
    from conformance.reports.report import Report

#: Pieces that mean something to one of the formats, between any characters of Unicode.
PIECES = st.sampled_from(
    [
        *("\ud800", "\udfff", "\x00", "\x1b[2J", "\x1b]0;t\x07", "\x9b31m", "\u202e", "\u2066"),
        *("\r\n::error::x", "\n##[error]x", "%0A::error::x", "\u2028", "\x85"),
        *("<script>alert(1)</script>", "]]>", "<!--", "-->", "&amp;", "{{7*7}}", "{%", "</pre>"),
        *("`", "```", "\n```\n", "| a |", "[a](javascript:x)", "![a](http://h/p)", "@all", "\n# h"),
        *("'", '"', '"""', "'''", "\\", "\n", "$(id)", "`id`", "${A}", "; id", "\n#", "%s", "\t"),
    ]
)
PARTS = st.lists(st.one_of(PIECES, st.text(max_size=4), st.characters()), max_size=8)
TEXTS = PARTS.map("".join).filter(bool)
CASE = "feedhive/scenarios/test_get.py::test_a"
FEW = settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def rendered(report: Report, name: str, text: str) -> str:
    return FORMATS[name].text(made_hostile(report, text))


@pytest.mark.parametrize("name", ["json", "har", "sarif", "allure", "badge"])
@FEW
@given(text=TEXTS)
@example(text="\ud800 high \udfff low")
def test_json_is_json(report: Report, name: str, text: str) -> None:
    written = rendered(report, name, text).encode("utf-8")

    assert isinstance(json.loads(written), dict)


@FEW
@given(text=TEXTS)
def test_junit_is_xml_and_has_no_element_of_the_server(report: Report, text: str) -> None:
    root = ET.fromstring(rendered(report, "junit", text).encode("utf-8"))  # noqa: S314 - our own document

    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped"),
        *("properties", "property", "system-out"),
    }


@FEW
@given(text=TEXTS)
def test_metrics_are_one_sample_on_each_line(report: Report, text: str) -> None:
    hostile = made_hostile(report, text)
    hostile.data["build"] = text
    lines = FORMATS["openmetrics"].text(hostile).encode("utf-8").decode().split("\n")

    label = r'[a-z_]+="(?:[^"\\\x00-\x1f]|\\[\\"n])*"'
    sample = re.compile(rf"conformance_[a-z_]+\{{{label}(?:,{label})*\}} [-+.\w]+")
    assert all(sample.fullmatch(line) for line in lines if line and not line.startswith("# "))


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.active += [name for name, _ in attrs if name.startswith("on")]
        values = (value or "" for _, value in attrs)
        self.active += [value for value in values if value.startswith("javascript:")]


@FEW
@given(text=TEXTS)
@example(text=HOSTILE)
def test_the_page_runs_nothing_of_the_server(report: Report, text: str) -> None:
    page = rendered(report, "html", text)
    plain, hostile = Tags(), Tags()
    plain.feed(FORMATS["html"].text(report))
    hostile.feed(page)

    assert hostile.scripts == plain.scripts
    assert hostile.active == plain.active


@FEW
@given(text=TEXTS)
@example(text=HOSTILE)
def test_the_summary_has_no_link_image_or_html_of_the_server(report: Report, text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(rendered(report, "markdown", text))
    inline = [child for token in tokens for child in token.children or ()]

    assert not [token for token in inline if token.type in {"link_open", "image", "html_inline"}]
    ours = ("<details><summary>", "</details>")
    blocks = [token.content for token in tokens if token.type == "html_block"]
    assert all(block.strip().startswith(ours) for block in blocks)
    assert sum(block.count("<") for block in blocks) == sum(
        block.count("<details>") + block.count("<summary>") + block.count("</") for block in blocks
    )


@FEW
@given(text=TEXTS)
def test_each_annotation_is_one_command_on_one_line(report: Report, text: str) -> None:
    lines = github.render(made_hostile(report, text)).splitlines()

    kinds = ("::error title=", "::warning title=", "::notice title=")
    assert all(line.startswith(kinds) for line in lines)
    assert len(lines) == len(github.render(made_hostile(report, "text")).splitlines())


@given(text=TEXTS)
def test_a_line_for_the_terminal_is_one_printable_line(text: str) -> None:
    assert visible(text).isprintable()


@FEW
@given(text=TEXTS)
def test_a_case_file_is_python_and_only_names_the_case(text: str) -> None:
    header = [visible(line) for line in text.splitlines()]
    written = case_file("test_it.py", "FH-GET-01", [CASE], header, {"A": text},
                        alone=True)  # fmt: skip
    tree = ast.parse(written.encode("utf-8", "backslashreplace"))

    plain = ast.parse(case_file("test_it.py", "FH-GET-01", [CASE], [], {"A": "b"},
                                alone=True))  # fmt: skip
    assert [type(node) for node in ast.walk(tree)] == [type(node) for node in ast.walk(plain)]


@settings(FEW, max_examples=6)
@given(text=TEXTS)
@example(text="'; touch owned; $(touch owned) `touch owned`\n touch owned #")
def test_a_shell_script_is_one_and_runs_no_word_of_the_server(text: str) -> None:
    step = exchange(operation=visible(text), script={
        "url": [{"variable": "base_url"}, text], "headers": [["X-A", [text]]], "body": [text],
        "pause_s": 0, "overlaps": False,
    })  # fmt: skip
    step["request"] = {**step["request"], "method": "GET"}
    proof = {"transcript": [step], "check": {"statuses": [[200, 299]]}, "crowded": False,
             "expected": text, "actual": text}  # fmt: skip
    written = shell.script(proof, [visible(text)], {"BASE": text}, {})

    body = written.encode("utf-8", "backslashreplace").replace(b"\x00", b"")
    done = subprocess.run(["/bin/sh", "-n"], input=body, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
