"""What the machine asks for and must not get: each request, and all that its refusal must say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.harness import bad_credentials
from conformance.judge import expect
from conformance.judge.finding import Violation
from conformance.profiles.hayon.bad_requests import (
    BROKEN_BODIES,
    INVALID_MESSAGE,
    NO_STRINGS,
    NO_TYPES,
    UNSUPPORTED,
    UPLOAD_PATH,
    WAYS,
)
from conformance.profiles.hayon.given import ACCEPTED_TYPES, UPLOAD, no_upload_in, nothing_given

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Given
    from conformance.profiles.hayon.machine.answers import Findings

_PNG = b'{"contentType": "image/png"}'
_TWICE = b'{"contentType": 7, "contentType": "image/png"}'
_UNAUTHORIZED, _SERVER_ERROR, _BAD_REQUEST = 401, 500, 400
_KEY_ROWS = {
    "no header": "HY-AUTH-01",
    "empty": "HY-AUTH-01",
    bad_credentials.UNTRUSTED: "HY-AUTH-01",
    "no key": "HY-AUTH-02",
    "another scheme": "HY-AUTH-03",
    **dict.fromkeys(bad_credentials.UNKNOWN, "HY-AUTH-02"),
    **dict.fromkeys(bad_credentials.ALTERED, "HY-AUTH-04"),
}


@dataclass(frozen=True)
class Refusal:
    """A request that must be refused: how to send it, and how to judge its answer."""

    send: Callable[[], Exchange]
    judge: Callable[[Findings, Exchange], None]


class Refusals:
    """Every request of a target that must be refused, by its words as a step of a sequence."""

    def __init__(self, harness: Harness, given: Given) -> None:
        self._harness, self._given, self._api = harness, given, given.api
        self.of_keys = {**self._keyless(), **self._ways(), **self._bad_keys()}
        self.of_types = {**self._types(), **self._values(), **self._bodies(), **self._methods()}
        self.all = {**self.of_keys, **self.of_types}

    def refuse(self, words: str, findings: Findings) -> None:
        """Send a request that must be refused, and judge its answer."""
        refusal = self.all[words]
        exchange = refusal.send()
        if words in self.of_types:
            exchange = self._steady(findings, exchange, refusal.send)
        refusal.judge(findings, exchange)
        if not exchange.succeeded and exchange.response is not None:
            with findings.under("HY-AUTH-06"):
                self._harness.reveals_no_internals(exchange)

    def _steady(
        self, findings: Findings, exchange: Exchange, send: Callable[[], Exchange]
    ) -> Exchange:
        """Return the answer that counts: a failure that the same request does not get again is one.

        Then it says nothing about this kind of request, but any request may get it.
        """
        failed = exchange.status is None or exchange.status >= _SERVER_ERROR
        if not failed and exchange.status != _UNAUTHORIZED:
            return exchange
        again = send()
        if again.status == exchange.status:
            return exchange
        wanted = "the same answer to the same request"
        actual = f"it was {exchange.summary()}, and then {again.status}"
        findings.found.append(Violation(wanted, actual, exchange, UPLOAD))
        return again

    def _keyless(self) -> dict[str, Refusal]:
        def refusal(content_type: str) -> Refusal:
            return Refusal(
                lambda: self._api.create_media_upload(content_type, caller=None),
                lambda findings, exchange: _no_key(findings, exchange, "HY-AUTH-01"),
            )

        return {f"ask for {one} without a key": refusal(one) for one in ACCEPTED_TYPES}

    def _ways(self) -> dict[str, Refusal]:
        def judge(findings: Findings, exchange: Exchange) -> None:
            with findings.under("HY-AUTH-01"):  # no document: any answer without an upload
                no_upload_in(exchange)

        def refusal(method: str, path: str) -> Refusal:
            return Refusal(lambda: self._sent(method, path, caller=None), judge)

        return {f"ask {words}, without a key": refusal(*way) for words, way in WAYS.items()}

    def _bad_keys(self) -> dict[str, Refusal]:
        def refusal(kind: str, headers: dict[str, str]) -> Refusal:
            judge = _nothing if kind == bad_credentials.UNTRUSTED else _no_key
            return Refusal(
                lambda: self._api.create_media_upload("image/png", caller=None, headers=headers),
                lambda findings, exchange: judge(findings, exchange, _KEY_ROWS[kind]),
            )

        kinds = bad_credentials.every(self._harness)
        return {
            f"ask with a bad key: {kind}": refusal(*one)
            for kind, one in ((kind, (kind, headers)) for kind, headers in kinds.items())
        }

    def _types(self) -> dict[str, Refusal]:
        found = {f"ask for {one}": self._of_value(one, _unsupported) for one in UNSUPPORTED}
        for words, value in NO_TYPES.items():
            found[f"ask for {words} as the type"] = self._of_value(
                value, self._wrong("HY-UPLOAD-21")
            )
        return found

    def _values(self) -> dict[str, Refusal]:
        found = {
            f"ask with a {words} as the type": self._of_value(value, self._wrong("HY-UPLOAD-25"))
            for words, value in NO_STRINGS.items()
        }
        found["ask for an empty type"] = self._of_value("", self._missing("HY-UPLOAD-24"))
        found["ask without a type"] = self._of_body(b"{}", self._missing("HY-UPLOAD-23"))
        return found

    def _bodies(self) -> dict[str, Refusal]:
        found = {
            f"ask with a broken body: {words}": self._of_body(body, self._wrong("HY-UPLOAD-27"))
            for words, body in BROKEN_BODIES.items()
        }
        found["ask with the type given twice"] = self._of_body(_TWICE, _no_server_error)
        found["ask with a body that is labelled as a text"] = Refusal(
            lambda: self._api.create_media_upload(
                body=_PNG, headers={"Content-Type": "text/plain"}
            ),
            _no_server_error,
        )
        return found

    def _methods(self) -> dict[str, Refusal]:
        def refusal(method: str) -> Refusal:
            return Refusal(lambda: self._sent(method, UPLOAD_PATH, caller="main"), _no_json_success)

        return {f"ask by {method} with a key": refusal(method) for method in ("PUT", "PATCH")}

    def _of_value(self, value: object, judge: Callable[[Findings, Exchange], None]) -> Refusal:
        return Refusal(lambda: self._api.create_media_upload(value), judge)

    def _of_body(self, body: bytes, judge: Callable[[Findings, Exchange], None]) -> Refusal:
        return Refusal(lambda: self._api.create_media_upload(body=body), judge)

    def _wrong(self, row: str) -> Callable[[Findings, Exchange], None]:
        def judge(findings: Findings, exchange: Exchange) -> None:
            with findings.under(row):
                self._given.refused_for_its_body(exchange)
                nothing_given(exchange)

        return judge

    def _missing(self, row: str) -> Callable[[Findings, Exchange], None]:
        def judge(findings: Findings, exchange: Exchange) -> None:
            before = len(findings.found)
            self._wrong(row)(findings, exchange)
            if len(findings.found) == before:
                with findings.under("HY-UPLOAD-26"):
                    expect.status(exchange, [_BAD_REQUEST])
                    expect.equal(exchange.at("message"), INVALID_MESSAGE, "`message`", exchange)

        return judge

    def _sent(self, method: str, path: str, *, caller: str | None) -> Exchange:
        body = b"" if method == "GET" else _PNG
        return self._harness.client.send(
            method,
            self._harness.target.base_url.rstrip("/") + path,
            headers={"Content-Type": "application/json"} if body else {},
            content=body,
            caller=caller,
        )


def _nothing(findings: Findings, exchange: Exchange, row: str) -> None:
    with findings.under(row):
        nothing_given(exchange)


def _no_key(findings: Findings, exchange: Exchange, row: str) -> None:
    _nothing(findings, exchange, row)
    with findings.under("HY-AUTH-05"):
        expect.status(exchange, [_UNAUTHORIZED])
        expect.error_envelope(exchange)


def _unsupported(findings: Findings, exchange: Exchange) -> None:
    before = len(findings.found)
    with findings.under("HY-UPLOAD-21"):
        expect.status(exchange, [_BAD_REQUEST])
        nothing_given(exchange)
    if len(findings.found) == before:
        with findings.under("HY-UPLOAD-22"):
            expect.error_envelope(exchange)
            expect.equal(exchange.at("message"), INVALID_MESSAGE, "`message`", exchange)


def _no_server_error(findings: Findings, exchange: Exchange) -> None:
    with findings.under("HY-UPLOAD-27"):
        expect.not_a_server_error(exchange)


def _no_json_success(findings: Findings, exchange: Exchange) -> None:
    with findings.under("HY-UPLOAD-32"):
        success = exchange.succeeded and isinstance(exchange.json, dict)
        actual = f"it was {exchange.summary()}"
        expect.that(not success, "no success in JSON of another method", actual, exchange)
