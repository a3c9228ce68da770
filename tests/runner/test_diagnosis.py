"""What an answer, or the want of one, is taken to say of a target."""

from __future__ import annotations

from datetime import date

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.model.waiver import Waiver
from conformance.runner.diagnosis import (
    State,
    ahead,
    apart_s,
    origins_told,
    refused_bytes,
    taken,
    waivers_told,
    way_to,
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
        (answer(200), State.OK, "accepted"),
        (answer(400), State.OK, "accepted"),
        (answer(401), State.PROBLEM, "refused (401)"),
        (answer(403), State.PROBLEM, "refused (403)"),
        (answer(404), State.PROBLEM, "nothing at /api/media (404)"),
        (answer(301, location="https://host/"), State.PROBLEM, "sent on to https://host/"),
        (answer(500), State.UNKNOWN, "the server failed (500)"),
        (answer(None), State.PROBLEM, "no answer: ReadTimeout"),
    ],
)
def test_an_answer_tells_whether_the_token_was_taken(
    exchange: Exchange, state: State, words: str
) -> None:
    check = taken(exchange, "token")

    assert (check.state, check.found) == (state, words)
    assert bool(check.mend) == (state is not State.OK)


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
    assert apart_s(answer(200, date=date)) == apart


def test_without_an_answer_no_clock_is_seen() -> None:
    assert apart_s(None) is None
    assert apart_s(answer(None)) is None
    assert (ahead(600), ahead(-5)) == ("600 s ahead of", "5 s behind")


@pytest.mark.parametrize(
    ("body", "mend"),
    [
        (b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "keep the Host header"),
        (b"<Error><Code>BadDigest</Code></Error>", "WHEN_REQUIRED"),
        (b"<Error><Code>AccessDenied</Code></Error>", "s3:PutObject"),
        (b"<html>no</html>", "the storage's own log"),
    ],
)
def test_the_storages_error_code_leads_to_the_mend(body: bytes, mend: str) -> None:
    check = refused_bytes(answer(403, body))

    assert check.state is State.PROBLEM
    assert mend in check.mend


def test_a_certificate_of_the_storage_is_mended_otherwise_than_a_host() -> None:
    assert "SSL_CERT_FILE" in way_to("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    assert "--storage-resolve" in way_to("ConnectError: refused")


@pytest.mark.parametrize("token", ["token", "other_token"])
def test_a_refused_token_may_be_had_from_where_the_file_says(token: str) -> None:
    mend = taken(answer(401), token).mend

    assert f"CONFORMANCE_{token.upper()} " in mend
    assert f"{token}_env or {token}_command" in mend


def test_who_gave_the_settings_is_told_and_defaults_are_not() -> None:
    origins = {
        "token": Origin.FILE,
        "base_url": Origin.FLAG,
        "s3_bucket": Origin.FILE,
        "max_wait": Origin.DEFAULT,
    }

    assert origins_told(origins).found == "flag: base_url; file: token, s3_bucket"
    assert origins_told({}).found == "nothing but defaults"


@pytest.mark.parametrize(
    ("waivers", "state", "words"),
    [
        ([], State.OK, "none"),
        ([Waiver("FH-1", "r", expires=date(2026, 1, 31))], State.OK, "1 in force"),
        ([Waiver("FH-1", "r")], State.OK, "1 in force"),
        (
            [Waiver("FH-1", "r", expires=date(2026, 1, 30)), Waiver("FH-22", "r")],
            State.UNKNOWN,
            "that of FH-1 expired on 2026-01-30",
        ),
        ([Waiver("FH-2", "r")], State.UNKNOWN, "FH-2 is no requirement; did you mean FH-22?"),
    ],
)
def test_a_waiver_that_no_run_can_apply_is_told(
    waivers: list[Waiver], state: State, words: str
) -> None:
    check = waivers_told(waivers, ["FH-1", "FH-22"], date(2026, 1, 31))

    assert (check.state, check.found) == (state, words)
    assert bool(check.mend) == (state is not State.OK)
