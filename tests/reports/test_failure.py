"""A failure as data: its parts, and that every format shows them in the same order."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from conformance.reports import github, junit, markdown, page
from conformance.reports.failure import Name, brief, parts, plain, title
from conformance.reports.terminal.failure import print_failure
from tests.reports.conftest import HOSTILE, exchange, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reports.report import Report

REQUIREMENT = "HY-UPLOAD-21"


def failed(report: Report, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the failed requirement, and its evidence with changes."""
    found = row(report, REQUIREMENT)
    found["evidence"][0].update(changes)
    return found, found["evidence"][0]


def texts(report: Report, **changes: Any) -> dict[Name, str]:
    return {part.name: part.text for part in parts(*failed(report, **changes))}


def test_the_parts_come_in_the_promised_order(report: Report) -> None:
    against = row(report, REQUIREMENT)["evidence"][0]["exchange"]
    seen = {"oracle": "use-after-free", "against": against}
    more = {"server_log": ["crashed"], "resend": True, "repeated": {"runs": 3, "failed": 1}}
    shown = parts(*failed(report, **more, **seen))

    # The body of the request is in the line of what was sent.
    left_out = {Name.REPRODUCER, Name.REQUEST_BODY}
    assert [part.name for part in shown] == [name for name in Name if name not in left_out]


def test_a_failure_that_came_each_time_needs_no_count(report: Report) -> None:
    assert Name.REPEATED not in texts(report, repeated={"runs": 2, "failed": 2})


def test_parts_without_content_are_left_out(report: Report) -> None:
    found = texts(report, steps=[], exchange=None, replay="")

    always = [Name.OBLIGATION, Name.EXPECTED, Name.ACTUAL, Name.SOURCE, Name.CAUSES, Name.EXPLAIN,
              Name.REPRODUCER]  # fmt: skip
    assert list(found) == always


def test_a_short_form_has_no_exchange(report: Report) -> None:
    assert [part.label for part in brief(*failed(report))] == [
        "obligation", "expected", "actual", "sent", "request", "explain", "run again",
    ]  # fmt: skip


def test_a_body_has_no_label_and_commands_are_copied(report: Report) -> None:
    bare = exchange(credential="no Authorization header")
    found = {part.name: part for part in parts(*failed(report, exchange=bare, resend=True))}

    assert [name for name, part in found.items() if not part.label] == [
        Name.REQUEST_BODY, Name.RESPONSE_BODY,
    ]  # fmt: skip
    assert [name for name, part in found.items() if part.copied] == [
        Name.REQUEST, Name.EXPLAIN, Name.SEND_AGAIN, Name.RUN_AGAIN,
    ]  # fmt: skip


def answered(body: str, size: int = 5_000) -> dict[str, Any]:
    response = {"status": 200, "headers": [["Content-Type", "image/png"]],
                "body": {"text": body, "bytes": size}}  # fmt: skip
    return exchange(response=response)


def test_a_long_body_is_cut_and_its_size_is_said(report: Report) -> None:
    found = texts(report, exchange=answered("y" * 4_000))

    assert found[Name.RESPONSE_BODY] == "y" * 600 + "… (5000 bytes in all)"


@pytest.mark.parametrize("body", ["\ufffdPNG", "a\0b"])
def test_a_binary_body_is_its_type_and_size(report: Report, body: str) -> None:
    found = texts(report, exchange=answered(body))

    assert found[Name.RESPONSE_BODY] == "image/png, 5000 bytes"


def test_an_exchange_without_an_answer_says_why(report: Report) -> None:
    found = texts(report, exchange=exchange(response=None, error="timed out"))

    assert found[Name.RESPONSE] == "none: timed out"
    assert Name.RESPONSE_BODY not in found


def test_no_line_holds_a_character_that_acts_on_a_terminal(report: Report) -> None:
    hostile = exchange(curl=HOSTILE, response=None, error=HOSTILE)
    row_and_proof = failed(
        report, expected=HOSTILE, actual=HOSTILE, steps=[HOSTILE], exchange=hostile, replay=HOSTILE
    )

    lines = [line for part in parts(*row_and_proof) for line in part.lines]

    assert all(line.isprintable() for line in lines)
    assert any(r"\x1b[31m" in line for line in lines)


def test_the_title_names_the_waiver(report: Report) -> None:
    found, _ = failed(report)
    assert title(found) == f"HY-UPLOAD-21 MUST failed: {found['title']}"

    found["waiver"] = {"reason": "known"}
    assert title(found).startswith("HY-UPLOAD-21 MUST failed, waived: ")


def on_terminal(report: Report) -> str:
    console = Console(file=io.StringIO(), width=400)
    print_failure(console, row(report, REQUIREMENT), every=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def on_page(report: Report) -> str:
    detail = page.render(report).partition(f'id="{REQUIREMENT}"')[2].partition("<blockquote")[2]
    return unescape(re.sub("<[^>]+>", "", detail))


@pytest.mark.parametrize(
    "shown",
    [
        on_terminal,
        lambda report: plain(*failed(report)),
        lambda report: unescape(junit.render(report)),
        lambda report: markdown.render(report).partition(f"**{REQUIREMENT}**")[2],
        on_page,
    ],
    ids=["terminal", "pytest", "junit", "markdown", "page"],
)
def test_every_format_shows_all_of_it_in_this_order(
    report: Report, shown: Callable[[Report], str]
) -> None:
    found, proof = failed(report, expected="E-1", actual="A-2", steps=["S-3"], replay="R-9")
    found["statement"], found["source"] = "O-0", {"section": "C-7", "document": "d"}
    proof["exchange"] = exchange(curl="curl-8", operation=None)
    proof["exchange"]["request"].update(method="PUT-4")
    proof["exchange"]["response"].update(body={"text": "B-6", "bytes": 3})
    proof["transcript"], proof["resend"] = [], True
    marks = ["O-0", "E-1", "A-2", "S-3", "PUT-4", "B-6", "C-7", "curl-8", "R-9"]

    text = shown(report).replace("\\", "")

    places = [text.find(mark) for mark in marks]
    assert -1 not in places
    assert places == sorted(places)


def test_an_annotation_shows_the_short_form(report: Report) -> None:
    line = next(line for line in github.render(report).splitlines() if REQUIREMENT in line)

    labels = ["obligation: ", "%0Aexpected: a refusal", "%0Aactual: it was 200", "%0Asent: ",
              "%0Arun again: "]  # fmt: skip
    assert [line.find(label) for label in labels] == sorted(line.find(label) for label in labels)
    assert all(label in line for label in labels)


def test_what_was_sent_is_one_line_that_names_the_input(report: Report) -> None:
    basic = exchange(credential="Authorization: Basic <the key>")
    headers = [["Content-Type", "text/plain"], ["X-Request-Id", "1"], ["Accept", "*/*"]]
    plain_text = exchange(request={**exchange()["request"], "headers": headers,
                                   "body": {"text": "hello", "bytes": 5}})  # fmt: skip

    assert texts(report)[Name.SENT] == 'contentType: "image/png"'
    assert texts(report, exchange=basic)[Name.SENT] == "Authorization: Basic <the key>"
    sent = texts(report, exchange=plain_text)[Name.SENT]
    assert sent == "Content-Type: text/plain, body: hello"


def test_an_example_that_a_later_request_breaks_names_the_earlier_input(report: Report) -> None:
    request = {"method": "POST", "url": "http://h/c", "headers": [],
               "body": {"text": "", "bytes": 0}}  # fmt: skip
    bare = exchange(request=request)

    found = texts(report, case="s::test_it[quotes]", exchange=bare, transcript=[exchange(), bare])
    other = texts(report, case="s::test_it", exchange=bare, transcript=[exchange(), bare])

    assert found[Name.SENT] == 'earlier: contentType: "image/png"'
    assert Name.SENT not in other


def created(content_type: str, id_: str) -> dict[str, Any]:
    """Return a create of an upload, and the answer that names it."""
    body = f'{{"contentType": "{content_type}"}}'
    made = exchange()
    made["request"] = {**made["request"], "body": {"text": body, "bytes": len(body)}}
    made["response"] = {**made["response"], "body": {"text": f'{{"id": "{id_}"}}', "bytes": 30}}
    return made


def test_of_several_earlier_inputs_the_one_of_this_request_is_named(report: Report) -> None:
    first, second = (
        created("image/jpeg", "upl_aaaaaaaaaaaa"),
        created("video/mov", "upl_bbbbbbbbbbb"),
    )
    request = {"method": "POST", "url": "http://h/uploads/upl_aaaaaaaaaaaa/complete",
               "headers": [], "body": {"text": "", "bytes": 0}}  # fmt: skip
    bare = exchange(request=request)

    found = texts(report, case="s::test_it[x]", exchange=bare, transcript=[first, second, bare])

    assert found[Name.SENT] == 'earlier: contentType: "image/jpeg"'


def test_nothing_is_said_twice(report: Report) -> None:
    long = '{"data": "' + "y" * 200 + '"}'
    short = "Internal Server Error"
    cut = texts(report, actual=f"it was 201 {long[:80]}…", exchange=answered(long))
    whole = texts(report, actual=f"it was 500 {short}", exchange=answered(short))

    assert (cut[Name.ACTUAL], Name.RESPONSE_BODY in cut) == ("it was 201", True)
    assert (whole[Name.ACTUAL], Name.RESPONSE_BODY in whole) == (f"it was 500 {short}", False)


def test_signed_queries_are_short(report: Report) -> None:
    url = "http://s3/k?X-Amz-Algorithm=a&X-Amz-Signature=[redacted]"
    escaped = url.replace("&", r"\u0026")

    found = texts(report, actual=f'it gave "{url}" and "{escaped}" too')

    assert found[Name.ACTUAL] == 'it gave "http://s3/k?X-Amz-..." and "http://s3/k?X-Amz-..." too'


def test_what_cannot_be_sent_again_names_the_reproducer(report: Report) -> None:
    kept = ["reproducers/HY-UPLOAD-21.sh"]
    again, gone = (texts(report, resend=yes, reproducers=kept) for yes in (True, False))

    assert Name.SEND_AGAIN in again
    assert Name.REPRODUCER not in again
    assert Name.SEND_AGAIN not in gone
    assert gone[Name.REPRODUCER] == kept[0]
