"""What may be a target, and what is refused with the flag that is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.problem import UsageProblem
from conformance.target import Target, checked_url, parsed_network, parsed_rate, parsed_resolve

if TYPE_CHECKING:
    import ipaddress

URL = "http://localhost:8080/v1"


def target(**changes: Any) -> Target:
    return Target(**{"profile": "feedhive", "base_url": URL, "token": "t0ken", **changes})


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("localhost:8080", "has no http scheme: write http://localhost:8080 or https://"),
        ("ftp://localhost", "has no http scheme: use http or https"),
        ("http://", "names no host"),
        ("http://:8080/v1", "names no host"),
        ("http://localhost:0", "names no host"),
        ("http://localhost:99999", "is not a URL"),
        ("http://localhost:port", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("http://localhost/v1?page=2", "no query, no fragment"),
        ("http://localhost/v1#top", "no query, no fragment"),
    ],
)
def test_a_url_that_cannot_be_a_target_is_refused_with_its_flag(url: str, fault: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        checked_url(url, "--base-url")

    assert str(refused.value).startswith(f"--base-url {url!r}")
    assert fault in str(refused.value)


@pytest.mark.parametrize("url", ["https://anna:pa55word@localhost", "https://pa55word@localhost"])
def test_credentials_in_a_url_are_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageProblem, match="must not hold credentials: pass them as --token") as no:
        checked_url(url, "--base-url")

    assert "pa55word" not in str(no.value)


@given(
    scheme=st.sampled_from(["http", "https"]),
    host=st.sampled_from(["localhost", "127.0.0.1", "[::1]", "media.example"]),
    port=st.integers(1, 65_535),
    path=st.lists(st.text("abc-._~", min_size=1), max_size=3),
)
def test_a_plain_url_keeps_everything_but_its_trailing_slash(
    scheme: str, host: str, port: int, path: list[str]
) -> None:
    url = "/".join([f"{scheme}://{host}:{port}", *path])

    assert checked_url(url + "/", "--base-url") == checked_url(url, "--base-url") == url


@pytest.mark.parametrize("name", ["base_url", "short_lived_url", "s3_endpoint"])
def test_each_url_of_a_target_is_checked_under_its_own_flag(name: str) -> None:
    flag = "--" + name.replace("_", "-")

    with pytest.raises(UsageProblem, match=f"{flag} 'localhost' has no http scheme"):
        target(**{"s3_bucket": "media", name: "localhost"})


def test_a_missing_token_is_refused_with_the_variable_to_set() -> None:
    with pytest.raises(UsageProblem, match="no token: set CONFORMANCE_TOKEN"):
        target(token="")


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tab\there", "schlüssel", "a\x00b"])
def test_a_token_that_no_header_can_hold_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(UsageProblem, match=r"^--token holds characters") as main:
        target(token=token)
    with pytest.raises(UsageProblem, match=r"^--other-token holds characters") as other:
        target(other_token=token)

    assert token not in str(main.value) + str(other.value)


def test_one_caller_cannot_be_the_other_one_too() -> None:
    with pytest.raises(UsageProblem, match="--other-token must belong to another caller"):
        target(other_token="t0ken")


def test_an_endpoint_without_its_bucket_is_refused() -> None:
    with pytest.raises(UsageProblem, match="--s3-endpoint also needs --s3-bucket"):
        target(s3_endpoint="http://localhost:9000")


@pytest.mark.parametrize(
    ("given", "capabilities"),
    [
        ({}, set()),
        ({"other_token": "other"}, {"other-token"}),
        ({"s3_bucket": "media"}, {"s3-access"}),
        ({"s3_bucket": "media", "s3_endpoint": URL}, {"s3-access"}),
        (
            {"s3_bucket": "media", "s3_endpoint": URL, "storage_gate": 9100},
            {"s3-access", "storage-gate"},
        ),
        ({"short_lived_url": URL}, {"wait"}),
        ({"max_wait": 1.0}, {"wait"}),
        ({"claimed": frozenset({"posts"}), "max_wait": 1.0}, {"posts", "wait"}),
    ],
)
def test_capabilities_are_what_was_given_and_nothing_else(
    given: dict[str, Any], capabilities: set[str]
) -> None:
    assert target(**given).capabilities == capabilities


def test_what_a_report_shows_of_a_target_holds_none_of_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-s3cret")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "aws-id")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "aws-session")

    found = target(other_token="0ther", s3_bucket="media")

    secrets = {"t0ken", "0ther", "aws-s3cret", "aws-id", "aws-session"}
    assert set(found.secrets) == secrets
    assert found.described()["capabilities"] == ["other-token", "s3-access"]
    assert not any(secret in str(found.described()) for secret in secrets)


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.0/33", "localhost", "10.0.0.0/8 "])
def test_what_is_no_network_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"--allow-network .* write it like 10\.0\.0\.0/8"):
        parsed_network(text)


@given(address=st.ip_addresses(), bits=st.integers(0, 32))
def test_a_network_is_read_from_any_address_inside_it(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int
) -> None:
    network = parsed_network(f"{address}/{bits}")

    assert address in network
    assert network.prefixlen == bits


@pytest.mark.parametrize("text", ["", "=", "host", "host=", "=127.0.0.1"])
def test_a_mapping_without_host_and_address_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="must have the form HOST=ADDR"):
        parsed_resolve(text)


def test_a_mapped_host_is_known_in_lower_case_and_keeps_its_port() -> None:
    assert parsed_resolve("Minio.Example=127.0.0.1:9000") == ("minio.example", "127.0.0.1:9000")


@pytest.mark.parametrize(
    ("text", "per_s"), [("5", 5.0), ("5/s", 5.0), ("0.5/s", 0.5), ("30 / min", 0.5)]
)
def test_a_rate_is_requests_in_a_second_or_a_minute(text: str, per_s: float) -> None:
    assert parsed_rate(text) == per_s


@pytest.mark.parametrize("text", ["0", "-1/s", "five", "5/h", "inf", "nan", "/s"])
def test_what_is_no_rate_is_said(text: str) -> None:
    with pytest.raises(UsageProblem, match="must have the form 5/s or 300/min"):
        parsed_rate(text)


def test_a_short_token_is_a_word_that_answers_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key-of-the-storage")
    target = Target("hayon", "http://h", "user123", other_token="a-token-of-some-length")

    assert target.keys == ("a-token-of-some-length", "a-secret-key-of-the-storage")
