"""How the kit connects: the values that it takes, and what it shows of them."""

from __future__ import annotations

import pytest

from conformance.problem import UsageProblem
from conformance.settings.layers import environment, resolved
from conformance.target import Connection, Target, parsed_header

SECRET = "the-key-of-the-gateway-1"


@pytest.mark.parametrize(
    "name", ["Authorization", "content-type", "HOST", "X-Request-Id", "Accept", "User-Agent"]
)
def test_a_header_that_the_cases_send_is_refused(name: str) -> None:
    with pytest.raises(UsageProblem, match=f"--header must not set {name}: the cases send it"):
        Connection(headers=((name, SECRET),))


@pytest.mark.parametrize(
    "text", [SECRET, f"X A: {SECRET}", f": {SECRET}", f"X-A: {SECRET}\r\nB: c"]
)
def test_a_header_of_another_form_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(UsageProblem, match="--header") as refused:
        Connection(headers=(parsed_header(text),))

    assert SECRET not in str(refused.value)


def test_an_empty_value_is_refused() -> None:
    with pytest.raises(UsageProblem, match="--header X-A must have a value"):
        Connection(headers=(parsed_header("X-A:"),))


@pytest.mark.parametrize("url", ["proxy:3128", "socks5://h:1", "http://", "ftp://h", "http://h:0"])
def test_a_proxy_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(UsageProblem, match="--proxy"):
        Connection(proxy=url)


def test_the_credentials_of_a_proxy_stand_in_a_variable() -> None:
    with pytest.raises(UsageProblem, match="--proxy env") as refused:
        Connection(proxy=f"http://me:{SECRET}@proxy.example:3128")

    assert SECRET not in str(refused.value)


def test_the_values_of_headers_are_secrets_but_for_ordinary_words() -> None:
    headers = (("X-A", f"Basic {SECRET}"), ("X-B", "true"), ("X-C", "2026"), ("X-D", "v1.2"))

    assert Connection(headers=headers).secrets == (f"Basic {SECRET}", SECRET, "v1.2")


def test_a_target_shows_no_secret_of_its_own() -> None:
    connection = Connection(headers=(("X-A", SECRET),))
    target = Target("feedhive", "http://h", "token-of-a-test", "other-of-a-test",
                    connection=connection)  # fmt: skip

    for secret in (SECRET, "token-of-a-test", "other-of-a-test"):
        assert secret in target.secrets
        assert secret not in repr(target)
        assert secret not in str(target.described())


def test_a_target_names_the_secrets_that_are_too_short_to_search_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "long enough")
    headers = (("X-A", "1"), ("X-B", SECRET))
    target = Target("feedhive", "http://h", "1234567", "12345678",
                    connection=Connection(headers=headers))  # fmt: skip

    assert target.described()["short_secrets"] == ["--token", "AWS_ACCESS_KEY_ID", "--header X-A"]


def test_a_variable_holds_one_header_on_each_line() -> None:
    text = "X-A: one, two\n\n X-B: three \n"

    assert resolved(environment({"CONFORMANCE_HEADER": text}))["header"] == (
        "X-A: one, two",
        "X-B: three",
    )
