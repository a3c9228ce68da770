"""The rules for every error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_ERRORS: dict[str, Callable[[Api], Exchange]] = {
    "create without a filename": lambda api: api.create_upload(body={"content_type": "image/png"}),
    "create with broken JSON": lambda api: api.create_upload(body=b"{"),
    "complete of nothing": lambda api: api.complete_upload("upl_conformance_unknown"),
    "get of nothing": lambda api: api.get_media("med_conformance_unknown"),
    "delete of nothing": lambda api: api.delete_media("med_conformance_unknown"),
    "list without a key": lambda api: api.list_media(caller=None),
}
_SUCCESSES: dict[str, Callable[[Api, Given], Exchange]] = {
    "FH-COMPLETE-01": lambda api, given: api.complete_upload(given.stored_upload().id),
    "FH-LIST-01": lambda api, given: api.list_media(limit=min(len(given.shared.library(5)), 100)),
    "FH-GET-01": lambda api, given: api.get_media(given.shared.sample().id),
    "FH-DELETE-01": lambda api, given: api.delete_media(given.media().id),
}
# No DELETE of a whole path: a broken server would delete the library of the caller.
_OTHER_METHODS = [
    ("PUT", "/media"),
    ("PATCH", "/media"),
    ("PUT", "/media/uploads"),
    ("PATCH", "/media/uploads"),
    ("GET", "/media/uploads/{upload}/complete"),
    ("PUT", "/media/uploads/{upload}/complete"),
    ("PATCH", "/media/uploads/{upload}/complete"),
    ("PUT", "/media/{media}"),
]


@requirement("FH-ERROR-01")
@pytest.mark.parametrize("provoke", _ERRORS.values(), ids=_ERRORS)
def test_a_refusal_never_claims_success(
    api: Api, given: Given, provoke: Callable[[Api], Exchange]
) -> None:
    given.working.create()

    exchange = provoke(api)

    expect.answered(exchange)
    claimed = exchange.at("success") is True and not exchange.succeeded
    expect.that(not claimed, "`success` not to be true in a refusal", "it is true", exchange)


@requirement("FH-ERROR-02")
@pytest.mark.parametrize("provoke", _ERRORS.values(), ids=_ERRORS)
def test_an_error_reveals_no_internals(
    api: Api,
    given: Given,
    conformance_case: Harness,
    provoke: Callable[[Api], Exchange],
) -> None:
    given.working.create()

    exchange = provoke(api)

    conformance_case.reveals_no_internals(exchange)


@requirement("FH-ERROR-03")
@pytest.mark.parametrize("provoke", _ERRORS.values(), ids=_ERRORS)
def test_a_refusal_carries_an_error_status(
    api: Api, given: Given, provoke: Callable[[Api], Exchange]
) -> None:
    given.working.create()

    exchange = provoke(api)

    expect.error_status(exchange)


@requirement("FH-ERROR-04")
@pytest.mark.parametrize(
    ("promise", "ask"), _SUCCESSES.items(), ids=["complete", "list", "get", "delete"]
)
def test_an_answer_reveals_no_key(
    api: Api,
    given: Given,
    conformance_case: Harness,
    promise: str,
    ask: Callable[[Api, Given], Exchange],
) -> None:
    exchange = ask(api, given)

    with precondition(promise):
        expect.success(exchange)
    # A URL may carry its signature, since a user needs it to see the item.
    text = json.dumps(_without_urls(exchange.json))
    leaks = conformance_case.redactor.finds(text)
    expect.that(not leaks, "no secret in the answer", "it holds a secret", exchange)


@requirement("FH-ERROR-05")
@pytest.mark.parametrize(
    ("method", "path"),
    _OTHER_METHODS,
    ids=[
        f"{method} on {path.replace('{', '').replace('}', '')}" for method, path in _OTHER_METHODS
    ],
)
def test_another_method_gives_no_success(
    api: Api, given: Given, conformance_case: Harness, method: str, path: str
) -> None:
    given.working.complete()
    upload, media = given.created_upload(), given.shared.sample()
    ids = {"upload": quote(upload.id, safe=""), "media": quote(media.id, safe="")}

    exchange = conformance_case.client.send(
        method,
        conformance_case.target.base_url.rstrip("/") + path.format(**ids),
        headers={"Content-Type": "application/json"},
        content=b"" if method == "GET" else b"{}",
        caller="main",
    )

    expect.answered(exchange)
    # A GET may show a page for people, and a server may have an operation that edits an item.
    edited = path.endswith("{media}") and exchange.at("data", "id") == media.id
    success = exchange.succeeded and isinstance(exchange.json, dict) and not edited
    actual = f"it was {exchange.summary()}"
    expect.that(not success, f"no success of {method} in JSON", actual, exchange)
    if edited:
        expect.success(api.get_media(media.id))


def _without_urls(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_urls(member) for name, member in value.items()}
        case list():
            return [_without_urls(member) for member in value]
        case str() if value.lower().startswith(("http://", "https://")):
            return ""
        case _:
            return value
