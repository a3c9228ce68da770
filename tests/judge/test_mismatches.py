"""Which requirement an answer breaks that departs from the schemas of its operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge.contract import Contract, contracts_of, mismatches
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile
from conformance.model.requirement import Catalogue, Level, Requirement, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.judge.finding import Violation

CREATED: dict[str, Any] = {
    "success": True,
    "data": {
        "upload_id": "upl_1",
        "upload_url": "https://s3.example/k?X-Amz-Signature=a",
        "expires_at": "2031-05-04T11:31:12Z",
    },
}


JSON = (("Content-Type", "application/json"),)


def answer(
    body: Any, operation: str | None = "create_upload", status: int = 200, path: str = "/media/m"
) -> Exchange:
    headers = (*JSON, ("Date", "Sun, 04 May 2031 11:21:12 GMT"))
    response = Response(status, headers, json.dumps(body).encode(), 0.01)
    return Exchange(Request("POST", f"http://localhost{path}"), response, operation=operation)


def found(exchange: Exchange) -> list[Violation]:
    catalogue = Profile.load("feedhive").catalogue
    return list(mismatches(catalogue, contracts_of("feedhive"), exchange))


def broken(exchange: Exchange) -> list[str | None]:
    return [violation.requirement for violation in found(exchange)]


def without(member: str) -> dict[str, Any]:
    data = {name: value for name, value in CREATED["data"].items() if name != member}
    return {"success": True, "data": data}


def rows(schemas: dict[str, dict[str, str]]) -> Catalogue:
    """Return a catalogue of our own whose rows are A-MUST and A-SHOULD."""
    source = Source("A page", "One")
    made = [
        Requirement(f"A-{level}", level, "t", "s", "make", source)
        for level in (Level.MUST, Level.SHOULD)
    ]
    return Catalogue("A page", "1.0.0", made, schemas=schemas)


def document(operation: str, schema: dict[str, Any]) -> dict[str, Any]:
    response = {"content": {"application/json": {"schema": schema}}}
    return {"paths": {"/x": {"post": {"operationId": operation, "responses": {"200": response}}}}}


@pytest.mark.parametrize("member", ["upload_id", "upload_url", "expires_at"])
def test_a_missing_member_breaks_the_binding_row_and_no_other(member: str) -> None:
    assert broken(answer(without(member))) == ["FH-CREATE-SCHEMA"]
    assert broken(answer(CREATED)) == []


def test_what_only_the_reference_states_breaks_its_row() -> None:
    other = {"success": False, "message": ""}

    violations = found(answer(other, status=400))

    assert [violation.requirement for violation in violations] == ["FH-CREATE-SCHEMA-REF"]
    assert "message" in violations[0].expected


def test_each_operation_breaks_its_own_row() -> None:
    broken_by = {
        operation: broken(answer({}, operation))
        for operation in ("complete_upload", "list_media", "get_media", "delete_media")
    }

    assert broken_by == {
        "complete_upload": ["FH-COMPLETE-SCHEMA"],
        "list_media": ["FH-LIST-SCHEMA"],
        "get_media": ["FH-GET-SCHEMA"],
        "delete_media": ["FH-DELETE-SCHEMA"],
    }


@pytest.mark.parametrize("operation", [None, "put_object", "unknown"])
def test_an_answer_without_a_schema_row_breaks_nothing(operation: str | None) -> None:
    assert broken(answer({}, operation)) == []


def test_a_level_without_a_row_is_not_judged() -> None:
    page = document("make", {"type": "array"})
    contract = Contract(document("make", {"minItems": 1}), page)
    catalogue = rows({"make": {"SHOULD": "A-SHOULD"}})

    assert list(mismatches(catalogue, [contract], answer({}, "make"))) == []
    (violation,) = mismatches(catalogue, [contract], answer([], "make"))
    assert violation.requirement == "A-SHOULD"


def test_the_binding_level_is_judged_in_each_document_before_the_other() -> None:
    whole = document("make", {"type": "array"})
    catalogue = rows({"make": {"MUST": "A-MUST", "SHOULD": "A-SHOULD"}})
    contracts = [Contract(whole, {"paths": {}}), Contract(whole)]

    (violation,) = mismatches(catalogue, contracts, answer({}, "make"))

    assert violation.requirement == "A-MUST"
    assert list(mismatches(catalogue, contracts, answer([], "make"))) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (lambda text: text.replace("upl_1", "upl_\\ud800"), "half of a surrogate pair"),
        (lambda text: text.replace('"data":', '"data": null, "data":'), "is given twice"),
        (lambda text: text[:-1] + ', "more": 1e400}', "too large"),
        (lambda text: text[:-1] + ', "more": ' + "[" * 200 + "]" * 200 + "}", "deep"),
    ],
)
def test_json_that_a_client_cannot_rely_on_breaks_the_schema_of_the_page(
    changed: Callable[[str], str], reason: str
) -> None:
    body = changed(json.dumps(CREATED)).encode()
    request = Request("POST", "http://localhost/media")
    exchange = Exchange(request, Response(200, JSON, body, 0.01), operation="create_upload")

    [violation] = found(exchange)

    assert violation.requirement == "FH-CREATE-SCHEMA"
    assert reason in violation.actual


def test_a_refusal_that_a_client_cannot_rely_on_breaks_the_schema_of_the_reference() -> None:
    body = b'{"success": false, "message": "no \\ud800"}'
    request = Request("POST", "http://localhost/media")
    exchange = Exchange(request, Response(400, JSON, body, 0.01), operation="create_upload")

    assert broken(exchange) == ["FH-CREATE-SCHEMA-REF"]


def test_an_answer_may_repeat_half_of_a_pair_that_the_request_holds() -> None:
    request = Request("POST", "http://localhost/media", body=b'{"filename": "a\\ud800.png"}')
    body = b'{"success": false, "message": "no name: a\\ud800.png"}'
    exchange = Exchange(request, Response(400, JSON, body, 0.01), operation="create_upload")

    assert broken(exchange) == []


def created(**data: Any) -> Exchange:
    return answer({"success": True, "data": {**CREATED["data"], **data}})


@pytest.mark.parametrize(
    ("data", "row"),
    [
        ({"expires_at": "in ten minutes"}, "FH-CREATE-12"),
        ({"expires_at": "Sun, 04 May 2031 11:31:12 GMT"}, "FH-CREATE-12"),
        ({"expires_at": "2031-05-04T12:31:12Z"}, "FH-CREATE-13"),
        ({"expires_at": "9999-12-31T23:59:59.999999-14:00"}, "FH-CREATE-13"),
        ({"upload_url": "https://s3.example/k"}, "FH-CREATE-14"),
        ({"upload_url": "http://[?X-Amz-Signature=a"}, "FH-CREATE-14"),
        ({"upload_url": "/k?X-Amz-Signature=a"}, "FH-CREATE-14"),
    ],
)
def test_a_member_breaks_the_row_that_its_schema_names(data: dict[str, str], row: str) -> None:
    assert broken(created(**data)) == [row]


@pytest.mark.parametrize(
    "moment",
    [
        "2031-05-04T11:31:12.250Z",
        "2031-05-04t11:31:12z",
        "2031-05-04T13:31:12+02:00",
        "20310504T113112,5Z",
        "2031-124T11:31:12Z",
        "2031-W18-7T11:31:12Z",
        "2031-05-04T11:32:00Z",
    ],
)
def test_each_form_of_the_right_moment_breaks_nothing(moment: str) -> None:
    assert broken(created(expires_at=moment)) == []


def test_the_signature_of_the_url_is_a_second_clock() -> None:
    url = "https://s3.example/k?X-Amz-Signature=a&X-Amz-Date=20310504T122112Z"

    assert broken(created(expires_at="2031-05-04T12:31:12Z", upload_url=url)) == []


def test_a_short_lived_twin_keeps_no_times() -> None:
    catalogue, contracts = Profile.load("feedhive").catalogue, contracts_of("feedhive")
    soon = created(expires_at="2031-05-04T11:21:18Z")
    unreadable = created(expires_at="soon")

    assert list(mismatches(catalogue, contracts, soon, short_lived=True)) == []
    assert [one.requirement for one in found(soon)] == ["FH-CREATE-13"]
    assert len(list(mismatches(catalogue, contracts, unreadable, short_lived=True))) == 1


@pytest.mark.parametrize("success", [True, None, "false", 0, 1])
@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_an_error_that_does_not_say_false_breaks_the_binding_row(
    success: object, status: int
) -> None:
    exchange = answer({"success": success, "message": "No"}, "get_media", status)

    assert broken(exchange) == ["FH-ERROR-01"]


@pytest.mark.parametrize("body", [{"detail": "Not Found"}, ["success"], "success"])
def test_an_error_without_success_claims_nothing(body: object) -> None:
    assert "FH-ERROR-01" not in broken(answer(body, "get_media", 404))


@pytest.mark.parametrize("success", [True, None, "false"])
def test_a_refused_post_that_claims_success_breaks_its_own_row(success: object) -> None:
    body = {"success": success, "message": "no such post"}

    assert broken(answer(body, "delete_post", 404)) == ["FH-POST-DELETE-SCHEMA-REF"]


@pytest.mark.parametrize(
    "url", ["http://[", "/objects/1", "file:///etc/hostname", "http://h:99999/"]
)
@pytest.mark.parametrize("operation", ["get_media", "delete_media", "list_media"])
def test_each_media_url_can_be_requested_wherever_it_is_shown(operation: str, url: str) -> None:
    media = {
        "id": "m",
        "type": "image",
        "mime_type": None,
        "media_url": url,
        "created_at": "2031-05-04T11:21:12Z",
    }
    page = {"items": [media], "total": 1, "has_more": False, "next_cursor": None}
    data = page if operation == "list_media" else media

    [row] = broken(answer({"success": True, "data": data}, operation))

    assert row in {"FH-GET-SCHEMA-REF", "FH-DELETE-SCHEMA-REF", "FH-LIST-SCHEMA-REF"}


def uploaded(message: str = "Upload URL generated", **data: str) -> Exchange:
    given = {
        "uploadUrl": "https://s3.example/k?X-Amz-Signature=a&X-Amz-Expires=60"
        "&X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "s3Url": "https://cdn.example/k",
        "s3Key": "k",
        "contentType": "image/png",
        **data,
    }
    body = {"success": True, "message": message, "data": given}
    return answer(body, "create_media_upload")


@pytest.mark.parametrize(
    ("exchange", "rows"),
    [
        (uploaded(), []),
        (uploaded("Upload URL generatex"), ["HY-UPLOAD-09"]),
        (uploaded(uploadUrl="https://s3.example/k"), ["HY-UPLOAD-17"]),
        (uploaded(s3Url="https://cdn.example/k?X-Amz-Signature=a"), ["HY-UPLOAD-13"]),
        (uploaded(s3Url="//cdn.example/k"), ["HY-UPLOAD-SCHEMA"]),
        (uploaded(s3Key="other"), ["HY-UPLOAD-11"]),
        (uploaded(s3Url="https://cdn.example/other"), ["HY-UPLOAD-12"]),
        (uploaded(contentType="image/pnx"), ["HY-UPLOAD-SCHEMA-REF"]),
        (
            uploaded(
                uploadUrl="https://s3.example/k?X-Amz-Signature=a&X-Amz-Expires=86400"
                "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            ),
            ["HY-UPLOAD-29"],
        ),
    ],
    ids=[
        "right",
        "message",
        "unsigned",
        "signed public",
        "relative",
        "key",
        "public",
        "type",
        "day",
    ],
)
def test_each_answer_of_hayon_keeps_the_promises_of_its_members(
    exchange: Exchange, rows: list[str]
) -> None:
    catalogue = Profile.load("hayon").catalogue
    violations = mismatches(catalogue, contracts_of("hayon"), exchange)

    assert [one.requirement for one in violations] == rows


def media(operation: str = "get_media", path: str = "/media/m", **changes: object) -> Exchange:
    item = {
        "id": "m",
        "type": "image",
        "mime_type": "image/png",
        "media_url": "https://s3.example/k?X-Amz-Signature=a",
        "created_at": "2031-05-04T11:21:12Z",
        **changes,
    }
    return answer({"success": True, "data": item}, operation, path=path)


@pytest.mark.parametrize(
    "changes",
    [
        {"mime_type": None, "created_at": None},
        {"mime_type": "image/WebP; q=1"},
        {"mime_type": "video/x-m4v"},
        {"created_at": "2031-05-04T13:22:12+02:00"},
        {"created_at": "2031-05-04T13:22:12"},
        {"id": "M"},
        {"id": "team 7/Ä.png", "path": "/v1/media/team%207%2F%C3%84.png/"},
    ],
)
def test_each_sensible_item_breaks_nothing(changes: dict[str, Any]) -> None:
    assert broken(media(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"mime_type": "video/quicktimx"}, "FH-GET-SCHEMA-REF"),
        ({"mime_type": ""}, "FH-GET-SCHEMA-REF"),
        ({"created_at": "2031-05-04T12:21:12Z"}, "FH-GET-SCHEMA-REF"),
        ({"media_url": "https://s3.example/k"}, "FH-GET-14"),
        ({"id": "other"}, "FH-GET-01"),
        ({"id": ""}, "FH-GET-SCHEMA"),
        ({"id": "other", "operation": "delete_media"}, "FH-DELETE-01"),
        ({"mime_type": "image/pnx", "operation": "delete_media"}, "FH-DELETE-SCHEMA-REF"),
    ],
)
def test_an_item_is_judged_wherever_it_is_shown(changes: dict[str, Any], row: str) -> None:
    assert broken(media(**changes)) == [row]


def page(ids: str = "ab", **changes: object) -> Exchange:
    items = [media(id=one).at("data") for one in ids]
    data = {"items": items, "total": 9, "has_more": True, "next_cursor": "c", **changes}
    return answer({"success": True, "data": data}, "list_media")


@pytest.mark.parametrize(
    ("exchange", "rows"),
    [
        (page(), []),
        (page(has_more=False, next_cursor=None, total=2.0), []),
        (page("aa"), ["FH-LIST-06"]),
        (page(has_more=False), ["FH-LIST-08"]),
        (page(next_cursor=None), ["FH-LIST-08"]),
        (page(next_cursor=""), ["FH-LIST-08"]),
        (page(total=0.5), ["FH-LIST-09"]),
        (page(total=-1), ["FH-LIST-09"]),
        (page(items=[media(id=str(n)).at("data") for n in range(101)]), ["FH-LIST-04"]),
    ],
    ids=["more", "last", "twice", "cursor", "none", "empty", "half", "negative", "too many"],
)
def test_each_page_agrees_with_itself(exchange: Exchange, rows: list[str]) -> None:
    assert broken(exchange) == rows
