"""Every request that must be refused has a row, and its judgement can fail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge import expect
from conformance.profiles.hayon.machine.answers import Findings
from conformance.profiles.hayon.machine.refusals import Refusals
from tests.profiles.hayon.machine.fake import answer, success

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

UNAUTHORIZED = answer(401, {"success": False, "message": "Unauthorized"})
INVALID = answer(400, {"success": False, "message": "Invalid media type"})


class Answers:
    """An API and a client that give one answer after the other; the last one stays."""

    def __init__(self, *answers: Exchange) -> None:
        self.answers = list(answers)

    def give(self, *_: object, **__: object) -> Exchange:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def rows(words: str, *answers: Exchange) -> list[str | None]:
    """Return the rows that the answers to one request break."""
    server = Answers(*answers)
    target = SimpleNamespace(token="abcDEF0123456789", other_token=None, base_url="http://h")
    harness = SimpleNamespace(
        target=target,
        client=SimpleNamespace(send=server.give),
        redactor=SimpleNamespace(learn=lambda _: None),
        reveals_no_internals=lambda *_: None,
    )

    def refused_for_its_body(exchange: Exchange) -> None:
        expect.refused(exchange)

    given = SimpleNamespace(
        api=SimpleNamespace(create_media_upload=server.give),
        refused_for_its_body=refused_for_its_body,
    )
    findings = Findings()
    Refusals(cast("Any", harness), cast("Any", given)).refuse(words, findings)
    return [violation.requirement for violation in findings.found]


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("ask for image/webp without a key", "HY-AUTH-01"),
        ("ask by GET, without a key", "HY-AUTH-01"),
        ("ask with a bad key: other headers", "HY-AUTH-01"),
        ("ask with a bad key: garbage", "HY-AUTH-02"),
        ("ask with a bad key: another scheme", "HY-AUTH-03"),
        ("ask with a bad key: longer", "HY-AUTH-04"),
        ("ask for image/gif", "HY-UPLOAD-21"),
        ("ask for a constructor as the type", "HY-UPLOAD-21"),
        ("ask without a type", "HY-UPLOAD-23"),
        ("ask for an empty type", "HY-UPLOAD-24"),
        ("ask with a number as the type", "HY-UPLOAD-25"),
        ("ask with a broken body: a list", "HY-UPLOAD-27"),
        ("ask by PUT with a key", "HY-UPLOAD-32"),
    ],
)
def test_an_upload_for_it_breaks_its_row(words: str, row: str) -> None:
    assert rows(words, success("posts/a.png"))[0] == row


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("ask for image/webp without a key", UNAUTHORIZED),
        ("ask with a bad key: other headers", answer(403, "Forbidden")),
        ("ask by GET, without a key", answer(404, {})),
        ("ask with a bad key: garbage", UNAUTHORIZED),
        ("ask for image/gif", INVALID),
        ("ask for a constructor as the type", answer(403, {})),
        ("ask without a type", INVALID),
        ("ask with a broken body: a list", answer(422, {})),
        ("ask with the type given twice", success("posts/a.png")),
        ("ask by PUT with a key", answer(405, {})),
    ],
)
def test_a_sensible_answer_breaks_nothing(words: str, refusal: Exchange) -> None:
    assert rows(words, refusal) == []


def test_other_words_and_other_statuses_have_their_rows() -> None:
    other = answer(400, {"success": False, "message": "Unsupported"})

    assert rows("ask for image/gif", other) == ["HY-UPLOAD-22"]
    assert rows("ask without a type", other) == ["HY-UPLOAD-26"]
    assert rows("ask for image/gif", answer(415, {})) == ["HY-UPLOAD-21"]
    assert rows("ask for image/png without a key", answer(403, {})) == ["HY-AUTH-05"]
    assert rows("ask with the type given twice", answer(500, {})) == ["HY-UPLOAD-27"]


@pytest.mark.parametrize("status", [401, 500])
def test_a_failure_that_comes_once_is_not_that_of_the_body(status: int) -> None:
    failure = answer(status, {"success": False, "message": "no"})

    assert rows("ask for image/gif", failure, INVALID) == ["HY-UPLOAD-01"]
    assert rows("ask for image/gif", failure, failure) == ["HY-UPLOAD-21"]
