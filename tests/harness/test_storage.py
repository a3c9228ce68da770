"""Pre-signed URLs: their parameters, and the changes that a storage must refuse."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.bucket import Bucket, StoredObject
from conformance.judge.finding import Blocked
from conformance.model.signed_url import SignedUrl, sigv4_defects
from conformance.model.url_changes import for_other_key, longer_life, stripped, tampered
from conformance.target import Target

SIGV4 = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "key/20260131/us-east-1/s3/aws4_request",
    "X-Amz-Date": "20260131T120000Z",
    "X-Amz-Expires": "600",
    "X-Amz-SignedHeaders": "content-type;host",
    "X-Amz-Signature": "0badcafe",
}
parameters = st.dictionaries(st.text(min_size=1), st.text(), max_size=5)


def url(path: str = "/media/a key.png", **changes: str | None) -> SignedUrl:
    """Return a sound URL; a change names its parameter with underscores, None drops it."""
    given = {name.replace("_", "-"): value for name, value in changes.items()}
    pairs = {name: value for name, value in {**SIGV4, **given}.items() if value is not None}
    return SignedUrl(f"https://s3.example{quote(path)}?{urlencode(pairs, quote_via=quote)}")


@pytest.mark.parametrize(
    ("changes", "defect"),
    [
        ({"X_Amz_Algorithm": "HMAC"}, "X-Amz-Algorithm is 'HMAC'"),
        ({"X_Amz_Algorithm": None}, "X-Amz-Algorithm is missing"),
        ({"X_Amz_Expires": "0"}, "X-Amz-Expires is not a whole number of 1 to 604800"),
        ({"X_Amz_Expires": "604801"}, "X-Amz-Expires is not a whole number of 1 to 604800"),
        ({"X_Amz_Expires": "-60"}, "X-Amz-Expires is not a whole number"),
        ({"X_Amz_Expires": "6e2"}, "X-Amz-Expires is not a whole number"),
        ({"X_Amz_Expires": "٦٠"}, "X-Amz-Expires is not a whole number"),
        ({"X_Amz_Expires": None}, "X-Amz-Expires is not a whole number"),
        ({"X_Amz_SignedHeaders": "content-type"}, "X-Amz-SignedHeaders does not sign the host"),
        ({"X_Amz_SignedHeaders": None}, "X-Amz-SignedHeaders does not sign the host"),
        ({"X_Amz_Credential": "key"}, "X-Amz-Credential has no scope"),
        ({"X_Amz_Credential": "key/20260131/us-east-1/s3/aws4"}, "X-Amz-Credential has no scope"),
        ({"X_Amz_Credential": None}, "X-Amz-Credential has no scope"),
        ({"X_Amz_Date": "20260130T120000Z"}, "the date in the scope of X-Amz-Credential differs"),
    ],
)
def test_one_defect_of_a_signed_url_is_named_alone(
    changes: dict[str, str | None], defect: str
) -> None:
    found = sigv4_defects(url("/k", **changes))

    assert len(found) == 1
    assert found[0].startswith(defect)


@pytest.mark.parametrize(
    "date", ["2026-01-31T12:00:00Z", "20260131T120000", "20260231T120000Z", ""]
)
def test_a_date_that_cannot_be_read_is_a_defect_and_no_moment(date: str) -> None:
    found = url(X_Amz_Date=date)

    assert "X-Amz-Date is not a date like 20260131T120000Z" in sigv4_defects(found)
    assert (found.signed_at, found.expires_at) == (None, None)


@given(
    signed_at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001 - made UTC below
    lifetime=st.integers(1, 604_800),
    credential=st.text("AZ09/", min_size=1),
)
def test_a_sound_url_has_no_defect_and_expires_when_it_says(
    signed_at: datetime, lifetime: int, credential: str
) -> None:
    moment = signed_at.replace(microsecond=0, tzinfo=UTC)

    found = url(
        X_Amz_Date=f"{moment:%Y%m%dT%H%M%SZ}",
        X_Amz_Expires=str(lifetime),
        X_Amz_Credential=f"{credential}/{moment:%Y%m%d}/eu-west-1/s3/aws4_request",
    )

    assert sigv4_defects(found) == []
    assert found.expires_at == moment + timedelta(seconds=lifetime)


@given(given=parameters)
def test_parameters_are_decoded_and_found_whatever_their_case(given: dict[str, str]) -> None:
    found = SignedUrl(f"https://s3.example/k?{urlencode({**given, 'X-aMZ-sIGNATURE': 'a b&c'})}")

    assert found.parameters == {**given, "X-aMZ-sIGNATURE": "a b&c"}
    assert found.parameter("x-amz-signature") == "a b&c"
    assert found.signed


@pytest.mark.parametrize("query", ["", "?X-Amz-Signature=", "?X-Amz-Algorithm=AWS4-HMAC-SHA256"])
def test_a_url_without_a_signature_is_not_signed(query: str) -> None:
    assert not SignedUrl(f"https://s3.example/k{query}").signed


def test_the_older_signature_expires_at_its_own_parameter() -> None:
    older = SignedUrl("https://s3.example/k?AWSAccessKeyId=a&Signature=b&Expires=1769860800")

    assert older.signed
    assert not older.is_sigv4
    assert older.expires_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert SignedUrl("https://s3.example/k?Signature=b&Expires=soon").expires_at is None


@given(signature=st.text("0123456789abcdef", min_size=1), given=parameters)
def test_tampering_changes_the_signature_and_nothing_else(
    signature: str, given: dict[str, str]
) -> None:
    query = urlencode({**given, "X-Amz-Signature": signature})
    sound = SignedUrl(f"https://s3.example/a%20key?{query}")

    changed = tampered(sound)

    assert changed.parameters.pop("X-Amz-Signature") != signature
    assert len(changed.parameter("X-Amz-Signature") or "") == len(signature)
    assert {**changed.parameters, "X-Amz-Signature": signature} == sound.parameters
    assert urlsplit(changed.url)._replace(query="") == urlsplit(sound.url)._replace(query="")


def test_the_host_is_known_with_its_port_in_lower_case() -> None:
    assert SignedUrl("https://Media.S3.Example:9000/Key?X-Amz-Signature=A").host == (
        "media.s3.example:9000"
    )


def test_a_stripped_url_has_its_path_and_no_query() -> None:
    found = stripped(url())

    assert found.url == "https://s3.example/media/a%20key.png"
    assert not found.signed


def test_a_url_for_another_key_keeps_the_signature() -> None:
    other = for_other_key(url())

    assert other.parameters == SIGV4
    assert other.path == "/media/a key.png-other"


@given(key=st.text(min_size=1))
def test_the_key_is_decoded_and_loses_the_bucket_of_its_path(key: str) -> None:
    path_style = SignedUrl(f"https://s3.example/media/{quote(key)}?X-Amz-Signature=a")
    hosted = SignedUrl(f"https://media.s3.example/{quote(key)}?X-Amz-Signature=a")

    assert path_style.key("media") == key
    assert hosted.key(None) == key
    assert hosted.key("film") == key.removeprefix("film/")


@pytest.mark.parametrize(
    ("name", "digest", "tied"),
    [
        ("x-amz-checksum-sha256", hashlib.sha256(b"").digest(), True),
        ("X-Amz-Checksum-Sha1", hashlib.sha1(b"", usedforsecurity=False).digest(), True),
        ("x-amz-checksum-crc32", b"\0" * 4, True),
        ("x-amz-checksum-crc64nvme", b"\0" * 8, True),
        ("x-amz-checksum-sha256", hashlib.sha256(b"a").digest(), False),
        ("x-amz-meta-sha256", hashlib.sha256(b"").digest(), False),
    ],
)
def test_a_checksum_of_nothing_is_noticed(name: str, digest: bytes, *, tied: bool) -> None:
    found = url(**{name: base64.b64encode(digest).decode()})

    assert found.empty_checksums == ((name,) if tied else ())


def test_a_target_without_a_bucket_blocks_and_names_the_flag() -> None:
    target = Target("feedhive", "http://localhost", "t0ken")

    with pytest.raises(Blocked, match="needs s3-access: pass --s3-bucket"):
        Bucket(target)


def test_what_the_sdk_signs_is_read_without_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    target = Target(
        "feedhive", "http://localhost", "t0ken", s3_endpoint="http://localhost:9", s3_bucket="media"
    )

    signed = SignedUrl(Bucket(target).presigned_put("a folder/ä.png", "image/png"))

    assert sigv4_defects(signed) == []
    assert (signed.key("media"), signed.lifetime_s) == ("a folder/ä.png", 60)
    assert signed.signed_headers == {"content-type", "host"}
    assert signed.empty_checksums == ()


@pytest.mark.parametrize("number", ["9" * 20, "9" * 5_000, "-1", "1.5", "\u0663", ""])
def test_a_lifetime_that_no_clock_reaches_is_none(number: str) -> None:
    url = SignedUrl(f"http://h/k?X-Amz-Date=20260131T120000Z&X-Amz-Expires={number}")

    assert url.lifetime_s is None
    assert url.expires_at is None


def test_an_expiry_in_milliseconds_is_no_expiry_in_seconds() -> None:
    assert SignedUrl("http://h/k?Expires=1769860800000").expires_at is None


def test_what_is_no_url_has_no_parts() -> None:
    url = SignedUrl("http://[")

    assert not url.signed
    assert url.path == url.host == ""


def test_the_key_of_a_host_style_url_keeps_a_folder_named_like_the_bucket() -> None:
    assert SignedUrl("https://media.s3.amazonaws.com/media/a").key("media") == "media/a"
    assert SignedUrl("https://s3.amazonaws.com/media/a").key("media") == "a"


def test_an_object_that_shows_itself_a_little_later_has_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = iter([None, None, StoredObject("k", 1, "image/png", "00")])
    monkeypatch.setattr(Bucket, "behind", lambda *_: next(shown))

    found = Bucket(Target("hayon", "http://127.0.0.1:9", "t", s3_bucket="media")).arrived(url())

    assert found is not None
    assert found.key == "k"


@pytest.mark.parametrize(
    ("address", "endpoint", "key"),
    [
        ("http://127.0.0.1:9000/media/a/b.png", "http://127.0.0.1:9000", "a/b.png"),
        ("http://media.s3.localhost:9000/a%20b", "http://s3.localhost:9000/", "a b"),
        ("https://media.s3.eu-west-1.amazonaws.com/k", None, "k"),
        ("https://s3.amazonaws.com/media/k", None, "k"),
        ("http://127.0.0.1:9001/media/k", "http://127.0.0.1:9000", None),
        ("http://127.0.0.1:9000/other/k", "http://127.0.0.1:9000", None),
        ("http://127.0.0.1:9000/k", "http://127.0.0.1:9000", None),
        ("https://media.s3.amazonaws.com.example/k", None, None),
        ("https://s3.example/media/k", None, None),
    ],
)
def test_a_key_is_in_the_bucket_only_where_the_url_certainly_leads_there(
    address: str, endpoint: str | None, key: str | None
) -> None:
    assert SignedUrl(f"{address}?X-Amz-Signature=0").key_in("media", endpoint) == key


@pytest.mark.parametrize(
    ("seconds", "longer"), [("900", "4500"), ("604000", "604800"), ("604800", "604800")]
)
def test_a_longer_life_is_within_what_the_storage_knows(seconds: str, longer: str) -> None:
    url = SignedUrl(f"http://h/k?X-Amz-Expires={seconds}&X-Amz-Signature=feed")

    assert longer_life(url).parameter("X-Amz-Expires") == longer


def test_without_a_lifetime_there_is_no_longer_one() -> None:
    url = SignedUrl("http://h/k?a=b;c&Signature=feed")

    assert longer_life(url) == url
