"""What an answer, or a missing one, shows of a target."""

from __future__ import annotations

import base64
import json
import time
from datetime import date

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.model.waiver import Waiver
from conformance.runner.diagnosis import (
    DiagnosisState,
    clock_offset_s,
    of_origins,
    of_refused_put,
    of_token,
    of_waivers,
    offset_in_words,
    ok,
    problem,
    storage_fix,
    with_life,
)
from conformance.settings.layers import Origin

MOMENT = 1_769_860_800.0  # Sat, 31 Jan 2026 12:00:00 GMT


def answer(status: int | None, body: bytes = b"", **headers: str) -> Exchange:
    request = Request("GET", "http://host/api/media?limit=1")
    if status is None:
        return Exchange(request, None, "ReadTimeout", started=MOMENT)
    return Exchange(request, Response(status, tuple(headers.items()), body, 0.5), started=MOMENT)


@pytest.mark.parametrize(
    ("exchange", "state", "words"),
    [
        (answer(200), DiagnosisState.OK, "accepted"),
        (answer(400), DiagnosisState.OK, "accepted"),
        (answer(401), DiagnosisState.PROBLEM, "refused (401)"),
        (answer(403), DiagnosisState.PROBLEM, "refused (403)"),
        (answer(404), DiagnosisState.PROBLEM, "nothing at /api/media (404)"),
        (
            answer(301, location="https://host/"),
            DiagnosisState.PROBLEM,
            "redirected to https://host/",
        ),
        (answer(500), DiagnosisState.UNKNOWN, "the server failed (500)"),
        (answer(None), DiagnosisState.PROBLEM, "no answer: ReadTimeout"),
    ],
)
def test_an_answer_tells_whether_the_token_was_taken(
    exchange: Exchange, state: DiagnosisState, words: str
) -> None:
    check = of_token(exchange, "token")

    assert (check.state, check.found) == (state, words)
    assert bool(check.fix) == (state is not DiagnosisState.OK)


@pytest.mark.parametrize(
    ("date", "apart"),
    [
        ("Sat, 31 Jan 2026 12:00:00 GMT", 0.0),
        ("Sat, 31 Jan 2026 12:10:00 GMT", 600.0),
        ("Sat, 31 Jan 2026 11:50:00 GMT", -600.0),
        ("yesterday", None),
    ],
)
def test_a_date_tells_how_far_a_clock_is_off(date: str, apart: float | None) -> None:
    assert clock_offset_s(answer(200, date=date)) == apart


def test_without_an_answer_no_clock_is_seen() -> None:
    assert clock_offset_s(None) is None
    assert clock_offset_s(answer(None)) is None
    assert (offset_in_words(600), offset_in_words(-5)) == ("600 s ahead of", "5 s behind")


@pytest.mark.parametrize(
    ("body", "fix"),
    [
        (b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "keep the Host header"),
        (b"<Error><Code>BadDigest</Code></Error>", "WHEN_REQUIRED"),
        (b"<Error><Code>AccessDenied</Code></Error>", "s3:PutObject"),
        (b"<html>no</html>", "the storage's log"),
    ],
)
def test_the_storages_error_code_leads_to_the_mend(body: bytes, fix: str) -> None:
    check = of_refused_put(answer(403, body))

    assert check.state is DiagnosisState.PROBLEM
    assert fix in check.fix


def test_a_certificate_of_the_storage_is_fixed_otherwise_than_a_host() -> None:
    assert "SSL_CERT_FILE" in storage_fix("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    assert "--storage-resolve" in storage_fix("ConnectError: refused")


@pytest.mark.parametrize("token", ["token", "other_token"])
def test_a_refused_token_may_be_had_from_where_the_file_says(token: str) -> None:
    fix = of_token(answer(401), token).fix

    assert f"CONFORMANCE_{token.upper()} " in fix
    assert f"{token}_env or {token}_command" in fix


def test_who_gave_the_settings_is_shown_and_defaults_are_not() -> None:
    origins = {
        "token": Origin.FILE,
        "base_url": Origin.FLAG,
        "s3_bucket": Origin.FILE,
        "max_wait": Origin.DEFAULT,
    }

    assert of_origins(origins).found == "flag: base_url; file: token, s3_bucket"
    assert of_origins({}).found == "only defaults"


@pytest.mark.parametrize(
    ("waivers", "state", "words"),
    [
        ([], DiagnosisState.OK, "none"),
        ([Waiver("FH-1", "r", expires=date(2026, 1, 31))], DiagnosisState.OK, "1 in force"),
        ([Waiver("FH-1", "r")], DiagnosisState.OK, "1 in force"),
        (
            [Waiver("FH-1", "r", expires=date(2026, 1, 30)), Waiver("FH-22", "r")],
            DiagnosisState.UNKNOWN,
            "the waiver for FH-1 expired on 2026-01-30",
        ),
        (
            [Waiver("FH-2", "r")],
            DiagnosisState.UNKNOWN,
            "FH-2 is not a requirement; did you mean FH-22?",
        ),
    ],
)
def test_a_waiver_that_no_run_can_apply_is_found(
    waivers: list[Waiver], state: DiagnosisState, words: str
) -> None:
    check = of_waivers(waivers, ["FH-1", "FH-22"], date(2026, 1, 31))

    assert (check.state, check.found) == (state, words)
    assert bool(check.fix) == (state is not DiagnosisState.OK)


def jwt(claims: object) -> str:
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({}, claims))
    return ".".join([*(part.decode().rstrip("=") for part in encoded), "signature"])


def in_minutes(minutes: float) -> float:
    return time.time() + 60 * minutes


def test_a_token_that_expires_during_a_run_is_named_and_never_shown() -> None:
    token = jwt({"exp": in_minutes(10)})

    found = with_life(ok("accepted"), token, "token", max_wait=900.0)

    assert found.state is DiagnosisState.UNKNOWN
    assert "expires in 10 minutes" in found.found
    assert "token_command" in found.fix
    assert token not in found.found + found.fix


def test_a_token_that_lives_long_is_accepted() -> None:
    accepted = ok("accepted")

    assert with_life(accepted, jwt({"exp": in_minutes(60)}), "token", max_wait=0.0) is accepted


@pytest.mark.parametrize(
    "token",
    [
        jwt({"exp": "soon"}),
        jwt({"exp": True}),
        jwt({"exp": 1e300}),
        jwt({}),
        jwt([]),
        "a-plain-key",
        "a.b.c",
        "\u00e4.\u00f6.\u00fc",
    ],
)
def test_a_token_that_does_not_say_how_long_it_lives_is_accepted(token: str) -> None:
    accepted = ok("accepted")

    assert with_life(accepted, token, "token", max_wait=0.0) is accepted


def test_a_refused_token_stays_refused() -> None:
    refused = problem("refused (401)", "set it")

    assert with_life(refused, jwt({"exp": 1}), "token", max_wait=0.0) is refused
