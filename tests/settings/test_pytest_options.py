"""Settings inside pytest: options, ini keys, their precedence, and the command to run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.problem import UsageProblem
from conformance.settings.pytest_options import in_pytests_words, replay, resolved_settings
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]


@pytest.fixture
def configured(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., pytest.Config]:
    """Return the configuration of a session with arguments, an ini file and an environment."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.variable, raising=False)

    def configure(*arguments: str, ini: str = "", **environment: str) -> pytest.Config:
        pytester.makeini(f"[pytest]\n{ini}\n")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return pytester.parseconfig("-p", "no:schemathesis", *arguments)

    return configure


def test_an_option_overrides_the_environment_and_that_the_ini_file(
    configured: Callable[..., pytest.Config],
) -> None:
    config = configured(
        *("--conformance-base-url", "http://option"),
        ini="conformance_base_url = http://ini\nconformance_seed = 3\nconformance_max_wait = 5\n",
        CONFORMANCE_BASE_URL="http://environment",
        CONFORMANCE_SEED="2",
    )

    values = resolved_settings(config)

    assert (values["base_url"], values["seed"]) == ("http://option", 2)
    assert (values["max_wait"], values["effort"]) == (5.0, "standard")


def test_the_ini_file_holds_every_kind_of_setting(
    configured: Callable[..., pytest.Config],
) -> None:
    config = configured(
        ini="conformance_strict = true\nconformance_effort = quick\n"
        "conformance_capability = posts drafts\nconformance_retry_after = 1.5\n"
        "conformance_report_dir = out\nconformance_require_verified = yes\n"
    )

    values = resolved_settings(config)

    assert values["strict"] is values["require_verified"] is True
    assert list(values["capability"]) == ["posts", "drafts"]
    assert (values["effort"], values["retry_after"]) == ("quick", 1.5)
    assert values["report_dir"] == "out"


def test_nobody_gets_a_report_unasked(configured: Callable[..., pytest.Config]) -> None:
    assert resolved_settings(configured())["report_dir"] is None


@pytest.mark.parametrize(
    ("ini", "words"),
    [
        ("conformance_seed = many", "conformance_seed in the ini file"),
        ("conformance_max_wait = long", "conformance_max_wait in the ini file"),
        ("conformance_effort = hard", "choose one of quick, standard, thorough"),
        ("conformance_strict = perhaps", "conformance_strict in the ini file"),
    ],
    ids=["whole number", "number", "choice", "truth"],
)
def test_an_ini_value_that_does_not_fit_is_named(
    configured: Callable[..., pytest.Config], ini: str, words: str
) -> None:
    config = configured(ini=ini)

    with pytest.raises(UsageProblem, match=words):
        resolved_settings(config)


def test_flags_are_named_as_pytest_has_them() -> None:
    words = in_pytests_words("needs wait: pass --short-lived-url or --max-wait; not --reference")

    assert words == (
        "needs wait: pass --conformance-short-lived-url or --conformance-max-wait; not --reference"
    )


def test_the_command_to_run_again_says_where_and_holds_no_secret(
    configured: Callable[..., pytest.Config],
) -> None:
    config = configured(
        *("--pyargs", "conformance.profiles.hayon", "-k", "test_auth", "-m", "must"),
        *("--conformance-token", "t0ken", "--conformance-other-token", "0ther"),
        *("--conformance-capability", "posts", "--conformance-strict"),
        ini="conformance_base_url = http://ini/a b",
    )
    values: dict[str, Any] = {**resolved_settings(config), "base_url": "http://ini"}

    assert replay(config, values) == (
        "pytest --pyargs conformance.profiles.hayon --conformance-base-url http://ini"
        " --conformance-capability posts --conformance-strict --conformance-seed 0"
    )
