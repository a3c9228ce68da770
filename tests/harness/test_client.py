"""The one client: bounded, recorded, patient, and careful with the token."""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.harness.client import _kept_bytes
from conformance.harness.concurrency import parallel
from conformance.harness.disturbance import disturbing
from conformance.harness.retry import Limited
from conformance.harness.storage import Storage
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from tests.harness.http_server import TOKEN, client_of, sent, serving

if TYPE_CHECKING:
    from tests.harness.http_server import Answer, Handler


def test_the_token_and_the_request_id_reach_the_targets_origin_only() -> None:
    ok: Answer = lambda handler: handler.reply(200)  # noqa: E731
    with serving(ok) as target, serving(ok) as foreign, client_of(target) as client:
        sent(client, target.url + "/a")
        sent(client, foreign.url + "/a")

    assert target.seen[0]["authorization"] == f"Bearer {TOKEN}"
    assert "x-request-id" in target.seen[0]
    assert not {"authorization", "x-request-id"} & set(foreign.seen[0])


def test_a_redirect_is_recorded_and_not_followed() -> None:
    with serving(lambda handler: handler.reply(200)) as foreign:
        away: Answer = lambda handler: handler.reply(307, Location=foreign.url)  # noqa: E731
        with serving(away) as target, client_of(target) as client:
            exchange = sent(client, target.url)

    assert exchange.status == 307
    assert foreign.seen == []
    assert client.transcript.exchanges == [exchange]


def test_a_file_is_read_over_redirects_and_without_the_token() -> None:
    with serving(lambda handler: handler.reply(200, b"bytes")) as files:
        away: Answer = lambda handler: handler.reply(302, Location=files.url + "/file")  # noqa: E731
        with serving(away) as target, client_of(target) as client:
            exchange = Storage(client).read(target.url + "/public")

    assert exchange.response is not None
    assert exchange.response.body == b"bytes"
    assert not any("authorization" in seen for seen in (*target.seen, *files.seen))


@pytest.mark.parametrize("location", ["/again", ""])
def test_a_redirect_that_leads_nowhere_ends(location: str) -> None:
    away: Answer = lambda handler: handler.reply(302, Location=location)  # noqa: E731
    with serving(away) as target, client_of(target) as client:
        exchange = Storage(client).read(target.url)

    assert exchange.status == 302
    assert len(target.seen) <= 5


def test_a_redirect_to_what_is_no_url_proves_nothing() -> None:
    away: Answer = lambda handler: handler.reply(302, Location="http://[")  # noqa: E731
    with serving(away) as target, client_of(target) as client, pytest.raises(Blocked):
        Storage(client).read(target.url)


def test_a_file_on_a_host_that_is_away_proves_nothing() -> None:
    with serving(lambda handler: handler.reply(200)) as target:
        gone = target.url
    with (
        serving(lambda handler: handler.reply(200)) as target,
        client_of(target) as client,
        pytest.raises(Blocked, match="cannot be reached from here"),
    ):
        Storage(client).read(gone)


def test_a_body_beyond_the_bound_is_cut_and_marked() -> None:
    large: Answer = lambda handler: handler.reply(200, b"x" * 5_000)  # noqa: E731
    with serving(large) as target, client_of(target, response_bytes=1_000) as client:
        response = sent(client, target.url).response

    assert response is not None
    assert len(response.body) == 1_000
    assert response.truncated


@pytest.mark.parametrize(
    ("label", "kept"), [("application/json", 100), ("text/html", 100), ("image/png", 5_000)]
)
def test_only_texts_are_cut_where_json_would_be(label: str, kept: int) -> None:
    large: Answer = lambda handler: handler.reply(  # noqa: E731
        200, b"x" * 5_000, **{"Content-Type": label}
    )
    with serving(large) as target, client_of(target, json_bytes=100) as client:
        response = sent(client, target.url).response

    assert response is not None
    assert len(response.body) == kept


def test_an_answer_that_never_ends_is_bounded_as_a_whole() -> None:
    stop = threading.Event()

    def trickle(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not stop.wait(0.05):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    with serving(trickle) as target, client_of(target, whole=0.5) as client:
        exchange = sent(client, target.url)
        stop.set()

    assert exchange.response is None
    assert "Timeout" in str(exchange.error)


def test_a_rate_limit_is_waited_out_and_counted() -> None:
    def limited(handler: Handler) -> None:
        first = len(handler.server.seen) == 1
        handler.reply(429, Retry_After="0") if first else handler.reply(200)

    with serving(limited) as target, client_of(target) as client:
        exchange = sent(client, target.url)

    assert (exchange.status, exchange.retries) == (200, 1)


@pytest.mark.parametrize("pause", ["\xb2", "soon", "Sat, 31 Jan 2015 12:00:00"])
def test_a_pause_that_cannot_be_read_is_a_short_one(pause: str) -> None:
    def limited(handler: Handler) -> None:
        first = len(handler.server.seen) == 1
        handler.reply(429, Retry_After=pause) if first else handler.reply(200)

    with serving(limited) as target, client_of(target) as client:
        assert sent(client, target.url).status == 200


def test_a_storage_that_asks_to_slow_down_is_asked_again() -> None:
    def busy(handler: Handler) -> None:
        slow = b"<Error><Code>SlowDown</Code></Error>"
        first = len(handler.server.seen) == 1
        handler.reply(503, slow) if first else handler.reply(200)

    with serving(busy) as target, client_of(target) as client:
        exchange = sent(client, target.url)

    assert (exchange.status, exchange.retries) == (200, 1)


def test_no_cookie_is_ever_kept() -> None:
    with (
        serving(lambda handler: handler.reply(200, Set_Cookie="session=s3cret; Path=/")) as target,
        client_of(target) as client,
    ):
        for _ in range(2):
            sent(client, target.url)

        assert not any("cookie" in headers for headers in target.seen)


@pytest.mark.parametrize("pause", ["3600", "Sat, 31 Jan 2099 12:00:00 GMT"])
def test_a_pause_beyond_the_bound_blocks_the_case(pause: str) -> None:
    busy: Answer = lambda handler: handler.reply(503, Retry_After=pause)  # noqa: E731
    with (
        serving(busy) as target,
        client_of(target, retry_after=1.0) as client,
        pytest.raises(Blocked, match="--retry-after"),
    ):
        sent(client, target.url)


def test_a_closed_idle_connection_is_no_answer_of_the_server() -> None:
    def closes(handler: Handler) -> None:
        handler.reply(200)
        handler.close_connection = True  # without saying so

    with serving(closes) as target, client_of(target) as client:
        statuses = [sent(client, target.url).status for _ in range(5)]

    assert statuses == [200] * 5


def test_after_a_stale_connection_the_next_try_opens_a_new_one() -> None:
    """The server ends every kept connection when the next request comes on it."""
    at_once, met = threading.Barrier(5), set[object]()

    def ends_kept_ones(handler: Handler) -> None:
        if handler.connection in met:
            handler.close_connection = True
            return
        met.add(handler.connection)
        if len(met) <= 5:
            at_once.wait(5)
        handler.reply(200)

    with serving(ends_kept_ones) as target, client_of(target) as client:
        kept = parallel(lambda _: sent(client, target.url), range(5))
        later = [sent(client, target.url) for _ in range(6)]

    assert [one.status for one in kept + later] == [200] * 11
    assert not any(one.repeated for one in kept)
    # After three of them the connections to this server are not kept any more.
    assert [one.repeated for one in later] == [True, True, True, False, False, False]


@pytest.mark.parametrize(("status", "repeated"), [(503, True), (429, False)])
def test_a_request_that_is_sent_again_may_have_been_done(status: int, repeated: bool) -> None:  # noqa: FBT001 - a row of the table
    answers = iter([status, 409])
    with (
        serving(lambda handler: handler.reply(next(answers), Retry_After="0")) as target,
        client_of(target) as client,
    ):
        exchange = sent(client, target.url)

    assert (exchange.status, exchange.repeated) == (409, repeated)


def test_a_server_that_the_kit_disturbs_is_asked_once() -> None:
    with serving(lambda handler: handler.reply(503)) as target, client_of(target) as client:
        with disturbing():
            exchange = sent(client, target.url)

        assert (exchange.status, len(target.seen)) == (503, 1)


def test_a_pause_of_the_kit_beyond_the_bound_ends_in_an_answer() -> None:
    with (
        serving(lambda handler: handler.reply(503)) as target,
        client_of(target, retry_after=0.5) as client,
    ):
        assert sent(client, target.url).status == 503
        assert len(target.seen) == 2


def test_a_rate_limit_that_no_pause_ended_is_waited_for_once() -> None:
    statuses = iter([429, 429, 429, 200, 429, 200])
    with (
        serving(lambda handler: handler.reply(next(statuses))) as target,
        client_of(target, retry_after=1.5) as client,
    ):
        for _ in range(2):
            with pytest.raises(Limited):
                sent(client, target.url)
        assert len(target.seen) == 3

        found = [sent(client, target.url).status for _ in range(2)]

    assert found == [200, 200]  # the first success allows to wait again


def test_a_server_that_answers_nothing_is_recorded_as_such() -> None:
    with (
        serving(lambda handler: handler.connection.close()) as target,
        client_of(target, read=0.3) as client,
    ):
        exchange = sent(client, target.url)

    assert exchange.response is None
    assert exchange.error


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_an_answer_that_cannot_be_decoded_is_an_answer(encoding: str) -> None:
    text = b'{"success": true}'
    plain: Answer = lambda handler: handler.reply(200, text, Content_Encoding=encoding)  # noqa: E731
    with serving(plain) as target, client_of(target) as client:
        exchange = sent(client, target.url)

    assert exchange.response is not None
    assert (exchange.status, exchange.response.body) == (200, text)
    if encoding in {"gzip", "deflate"}:  # the others need packages that httpx may lack
        assert encoding in exchange.json_defect
        assert exchange.json is None


def test_a_compressed_answer_is_decoded_up_to_the_bound() -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    large: Answer = lambda handler: handler.reply(200, packed, Content_Encoding="gzip")  # noqa: E731
    with serving(large) as target, client_of(target, response_bytes=5_000) as client:
        response = sent(client, target.url).response

    assert response is not None
    assert (response.body, response.truncated) == (b"x" * 5_000, True)


@pytest.mark.parametrize("url", ["http://[::1/k", "http://127.0.0.1:99999/k", "http://h\ud800/k"])
def test_a_url_that_cannot_be_read_is_an_exchange_without_an_answer(url: str) -> None:
    ok: Answer = lambda handler: handler.reply(200)  # noqa: E731
    with serving(ok) as target, client_of(target) as client:
        exchange = client.send("PUT", url, to_storage=True)

    assert exchange.response is None
    assert exchange.error


def test_a_token_that_expired_is_replaced_and_every_answer_is_recorded() -> None:
    valid = [TOKEN]
    checks: Answer = lambda handler: handler.reply(  # noqa: E731
        200 if handler.headers["Authorization"] == f"Bearer {valid[-1]}" else 401
    )
    with serving(checks) as target, client_of(target) as client:
        client.tokens.renew = lambda _: valid[-1]
        sent(client, target.url + "/list")
        valid.append("the-next-token")

        answer = sent(client, target.url + "/item")

        assert answer.status == 200
        controls = [401] * 3
        statuses = [one.status for one in client.transcript.exchanges]
        assert statuses == [200, 401, *controls, 200]
        assert target.seen[-1]["authorization"] == "Bearer the-next-token"


def test_a_token_that_expired_for_good_blocks() -> None:
    statuses = iter([200])
    expiring: Answer = lambda handler: handler.reply(next(statuses, 401))  # noqa: E731
    with serving(expiring) as target, client_of(target) as client:
        sent(client, target.url + "/list")

        for _ in range(2):
            with pytest.raises(Blocked, match="expired during the run"):
                sent(client, target.url + "/item")


@pytest.mark.parametrize(
    ("status", "text", "most"),
    [(200, "x" * 700_000, 4_200_200), (500, "x" * 700_000, 10_000), (200, "x" * 1_000, 1_100)],
    ids=["a long success", "a long error", "a usual success"],
)
def test_the_texts_of_a_long_success_count_as_kept(status: int, text: str, most: int) -> None:
    body = f'{{"data":{{"upload_url":"{text}"}}}}'.encode()
    exchange = Exchange(Request("GET", "http://a.test"), Response(status, (), body, 0.1))

    kept = _kept_bytes(exchange)
    assert kept <= most
    assert kept >= 4 * len(text) or status != 200 or len(text) < 512 * 1024
