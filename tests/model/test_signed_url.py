"""URLs of answers: what no client can request, and dates that no client can calculate with."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.signed_url import SignedUrl, sigv4_defects, url_defect
from conformance.model.url_changes import CHANGES

_GOOGLE = (
    "https://storage.example/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256"
    "&X-Goog-Credential=a%40p.example%2F20260131%2Fauto%2Fstorage%2Fgoog4_request"
    "&X-Goog-Date=20260131T120000Z&X-Goog-Expires=600&X-Goog-SignedHeaders=content-type%3Bhost"
    "&X-Goog-Signature=0a1b"
)


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "HTTPS://Media.Example:8443/a%20b?x=1#y",
        "http://[::1]:9000/bucket/key",
        "http://127.0.0.1/k",
        "https://user:word@host/k",
        "http://host./k",
        "https://under_score.example/k",
        "https://xn--mnchen-3ya.example/k",
    ],
)
def test_a_url_that_can_be_requested_has_no_defect(url: str) -> None:
    assert url_defect(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative/path",
        "//host/path",
        "ftp://host/file",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://[::1/path",
        "http://[nonsense]/path",
        "http://host:port/path",
        "http://host:99999/path",
        "http://host:0/path",
        "http://a..b/path",
        "http://.host/path",
        f"http://{'a' * 64}.example/path",
        "http://ho st/path",
        "http://host/pa th",
        "http://host/path\r\n?a=1",
        "http://host/\0",
        "http://host/\ufffd",
        "http://host/a\ud800",
        "http://h\u00f6st/",
        "http://host/" + "a" * 70_000,
        "https://undefined/posts/7/a.png",
        "https://null.s3.undefined.amazonaws.com/posts/7/a.png",
    ],
)
def test_a_text_that_no_client_can_request_is_named(url: str) -> None:
    assert url_defect(url)


@pytest.mark.parametrize("url", ["http://h/a b", "http://h/a\u00fc?x=\u65e5", "http://h/a?b= c"])
def test_a_url_that_browsers_repair_is_a_url_for_lenient_readers_only(url: str) -> None:
    assert "percent-encoded" in url_defect(url)
    assert url_defect(url, lenient=True) == ""


@pytest.mark.parametrize(
    "url",
    ["http://h o/a", "http://h\u00f6st/", " http://h/", "http://h/a\n", "http://h/\0", "a b"],
)
def test_a_url_that_nobody_repairs_is_no_url_for_lenient_readers(url: str) -> None:
    assert url_defect(url, lenient=True)


@given(st.text(st.characters() | st.characters(categories=["Cs"])))
def test_any_text_can_be_read(text: str) -> None:
    url = SignedUrl(f"http://{text}?X-Amz-Date={text}")

    assert isinstance(url_defect(url.url), str)
    assert isinstance(url.host, str)
    assert url.signed_at is None


@pytest.mark.parametrize("date", ["99991231T235959Z", "30000101T000000Z"])
def test_a_date_of_a_far_future_is_a_defect_and_still_expires(date: str) -> None:
    url = SignedUrl(f"http://h/k?X-Amz-Date={date}&X-Amz-Expires=9999999999")

    assert url.expires_at is not None
    assert "X-Amz-Date is in a far future" in sigv4_defects(url)


@pytest.mark.parametrize("date", ["00000101T000000Z", "20320231T000000Z", "now", "\u0662"])
def test_a_date_that_does_not_exist_is_a_defect(date: str) -> None:
    url = SignedUrl(f"http://h/k?X-Amz-Date={date}&X-Amz-Expires=60")

    assert (url.signed_at, url.expires_at) == (None, None)
    assert "X-Amz-Date is not a date like 20260131T120000Z" in sigv4_defects(url)


@pytest.mark.parametrize("change", CHANGES)
def test_a_url_that_cannot_be_read_can_still_be_changed(change: str) -> None:
    assert CHANGES[change](SignedUrl("http://[::1/k?X-Amz-Signature=a"))


def _sigv4(**changes: str | None) -> SignedUrl:
    parameters: dict[str, str | None] = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "AK/20260131/eu-west-1/s3/aws4_request",
        "X-Amz-Date": "20260131T120000Z",
        "X-Amz-Expires": "600",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "feed",
    }
    parameters |= {name.replace("_", "-"): value for name, value in changes.items()}
    given_ones = {name: value for name, value in parameters.items() if value is not None}
    return SignedUrl(f"https://h/k?{urlencode(given_ones)}")


_SIGV4A = {
    "X_Amz_Algorithm": "AWS4-ECDSA-P256-SHA256",
    "X_Amz_Credential": "AK/20260131/s3/aws4_request",
    "X_Amz_Region_Set": "*",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"X_Amz_Credential": "A/K/20260131/eu-west-1/s3/aws4_request"},
        {"X_Amz_Credential": "AK/20260131/eu-west-1/s3express/aws4_request"},
        _SIGV4A,
        {**_SIGV4A, "X_Amz_Region_Set": "eu-west-1,us-east-1"},
    ],
    ids=["plain", "a key with a slash", "S3 Express", "SigV4A", "SigV4A of two regions"],
)
def test_a_consistent_signature_has_no_defect(changes: dict[str, str]) -> None:
    assert sigv4_defects(_sigv4(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "defect"),
    [
        ({"X_Amz_Credential": "AK/20260131/s3/aws4_request"}, "no scope key/date/region/s3"),
        ({"X_Amz_Credential": "AK/20260130/eu-west-1/s3/aws4_request"}, "the date in the scope"),
        ({**_SIGV4A, "X_Amz_Region_Set": None}, "X-Amz-Region-Set is missing"),
        ({**_SIGV4A, "X_Amz_Credential": "AK/20260130/s3/aws4_request"}, "the date in the scope"),
        ({**_SIGV4A, "X_Amz_Credential": "AK/s3/aws4_request"}, "no scope key/date/s3"),
        ({**_SIGV4A, "X_Amz_Credential": "AK/20260131/eu/s3/aws4_request"}, "the date in the"),
    ],
    ids=[
        "no region",
        "another day",
        "SigV4A without regions",
        "SigV4A of another day",
        "SigV4A without a date",
        "SigV4A with a region in its scope",
    ],
)
def test_an_inconsistent_signature_is_named(changes: dict[str, str | None], defect: str) -> None:
    (found,) = sigv4_defects(_sigv4(**changes))

    assert defect in found


@pytest.mark.parametrize("lifetime", ["9" * 5_000, "-600", "10m", "", None, "6e2"])
def test_a_lifetime_that_cannot_be_read_is_still_one_that_must_be_there(
    lifetime: str | None,
) -> None:
    url = _sigv4(X_Amz_Expires=lifetime)

    assert url.expires_at is None
    assert url.must_name_its_expiry


def test_another_kind_of_signature_may_hide_its_expiry() -> None:
    assert not SignedUrl("https://h/k?Policy=p&Signature=s&Key-Pair-Id=K").must_name_its_expiry
    assert SignedUrl("https://h/k?Signature=s&Expires=soon").must_name_its_expiry


def test_the_signature_of_google_names_its_expiry() -> None:
    url = SignedUrl(_GOOGLE)

    assert url.signed
    assert url.must_name_its_expiry
    assert str(url.expires_at) == "2026-01-31 12:10:00+00:00"
    assert url.signed_headers == {"content-type", "host"}


@pytest.mark.parametrize("change", sorted(set(CHANGES) - {"tampered_at_its_end"}))
def test_each_change_alters_what_a_url_of_google_asks_for(change: str) -> None:
    url = SignedUrl(_GOOGLE)

    changed = CHANGES[change](url)

    assert (changed.path, changed.parameters) != (url.path, url.parameters)
