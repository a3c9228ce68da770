"""`exchanges.har`: a valid HTTP Archive 1.2 of the lifecycle and of each failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from conformance.reports import har
from tests.reports.conftest import exchange, made_hostile, row

if TYPE_CHECKING:
    from conformance.reports.report import Report


def members(**required: Any) -> dict[str, Any]:
    """Return the schema of an object that has these members, and else only a comment or `_own`."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, "comment": {"type": "string"}},
        "patternProperties": {"^_": {}},
    }


def listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": -1}
TIME = {"type": "number", "minimum": 0}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
PAIRS = listed({**members(name=TEXT, value=TEXT), "additionalProperties": False})
#: The objects of the HTTP Archive format 1.2 and their required members.
ARCHIVE = members(
    log=members(
        version={"const": "1.2"},
        creator=members(name=TEXT, version=TEXT),
        pages=listed(
            members(
                startedDateTime=MOMENT, id=TEXT, title=TEXT, pageTimings={"type": "object"}
            )
        ),
        entries=listed(
            members(
                pageref=TEXT,
                startedDateTime=MOMENT,
                time=TIME,
                request={
                    **members(
                        method=TEXT, url=TEXT, httpVersion=TEXT, cookies=PAIRS, headers=PAIRS,
                        queryString=PAIRS, headersSize=COUNT, bodySize=COUNT,
                    ),
                    "dependentSchemas": {
                        "postData": {
                            "properties": {
                                "postData": members(mimeType=TEXT, params=listed({}), text=TEXT)
                            }
                        }
                    },
                },
                response=members(
                    status={"type": "integer"}, statusText=TEXT, httpVersion=TEXT, cookies=PAIRS,
                    headers=PAIRS, content=members(size=COUNT, mimeType=TEXT, text=TEXT),
                    redirectURL=TEXT, headersSize=COUNT, bodySize=COUNT,
                ),
                cache={"type": "object"},
                timings=members(send=TIME, wait=TIME, receive=TIME),
            )
        ),
    )
)  # fmt: skip


def archived(report: Report) -> dict[str, Any]:
    """Return the log, once it is seen to be a valid archive."""
    archive = json.loads(har.render(report))
    jsonschema.Draft202012Validator(ARCHIVE).validate(archive)
    log: dict[str, Any] = archive["log"]
    return log


def test_it_holds_the_lifecycle_and_the_way_to_each_proof(report: Report) -> None:
    log = archived(report)

    titles = [page["title"].split()[0] for page in log["pages"]]
    assert titles == ["The", "HY-UPLOAD-10", "HY-UPLOAD-21"]
    assert len(log["entries"]) == 3 + 2 + 2
    assert {entry["pageref"] for entry in log["entries"]} == {page["id"] for page in log["pages"]}


def test_an_exchange_is_written_whole(report: Report) -> None:
    entry = archived(report)["entries"][0]

    assert entry["time"] == sum(entry["timings"].values()) == 125.0
    assert entry["request"]["postData"]["mimeType"] == "application/json"
    assert entry["request"]["queryString"][1:] == [
        {"name": "b", "value": ""},
        {"name": "X-Amz-Signature", "value": "[redacted]"},
    ]
    assert entry["response"]["statusText"] == "OK"
    assert entry["response"]["redirectURL"] == "http://h/there"
    assert "comment" not in entry["response"]["content"]


def test_a_request_without_an_answer_is_valid_too(report: Report) -> None:
    silent = exchange(response=None, error="timed out", operation=None)
    report.data["lifecycle"] = [silent]

    entry = archived(report)["entries"][0]

    assert entry["response"]["status"] == 0
    assert entry["_error"] == "timed out"


def test_a_cut_body_states_its_size(report: Report) -> None:
    body = report["lifecycle"][0]["response"]["body"]
    body.update(text="x" * 4_000, bytes=5_000_000)

    content = archived(report)["entries"][0]["response"]["content"]

    assert (content["size"], content["comment"]) == (5_000_000, "cut: 5000000 bytes in all")


@pytest.mark.parametrize("url", ["http://[", "not a url", "http://h/?\udcff=%ff"])
def test_hostile_text_and_broken_urls_stay_valid(report: Report, url: str) -> None:
    row(report, "HY-UPLOAD-21")["evidence"][0]["transcript"][0]["request"]["url"] = url

    archived(report)
    archived(made_hostile(report))


def test_a_redacted_token_has_the_name_of_its_caller(report: Report) -> None:
    callers = ("main", "other", None)
    report.data["lifecycle"] = [exchange(caller=caller) for caller in callers]

    log = archived(report)

    values = [
        header["value"]
        for entry in log["entries"][:3]
        for header in entry["request"]["headers"]
        if header["name"] == "Authorization"
    ]
    assert values == ["Bearer [redacted]-main", "Bearer [redacted]-other", "[redacted]"]
    assert log["_base_url"] == "http://h"
