"""Which targets a fleet has, and what is refused in one line before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.waiver import Waiver
from conformance.problem import UsageProblem
from conformance.runner.fleet.targets import Fleet, is_fleet
from conformance.runner.request import RunRequest
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "tok_main_0123456789abcdef"
FILE = """
effort = "quick"
[targets.us-1]
base_url = "http://us-1"
[targets.eu-1]
base_url = "http://eu-1"
strict = true
[[targets.eu-1.waivers]]
requirement = "HY-PUT-01"
reason = "known"
[targets.eu-2]
start = "serve --port {port}"
"""


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFORMANCE_TOKEN", TOKEN)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.toml"
    path.write_text(FILE)
    return path


def flags(**given: Any) -> dict[str, Any]:
    return {**{setting.name: None for setting in SETTINGS}, **given}


def test_all_targets_of_the_file_run_in_its_order_with_their_own_settings(file: Path) -> None:
    fleet = Fleet.of("hayon", flags(targets_from=str(file), report_dir="out", seed=7))

    assert list(fleet.requests) == ["us-1", "eu-1", "eu-2"]
    assert fleet.at_once == 4
    first, second, third = fleet.requests.values()
    assert (first.values["base_url"], second.values["base_url"]) == ("http://us-1", "http://eu-1")
    assert third.start == "serve --port {port}"
    assert (first.values["strict"], second.values["strict"]) == (False, True)
    assert {one.values["effort"] for one in fleet.requests.values()} == {"quick"}
    assert {one.values["seed"] for one in fleet.requests.values()} == {7}
    assert [one.values["report_dir"] for one in fleet.requests.values()] == [
        f"out/{name}" for name in fleet.requests
    ]
    assert (first.waivers, second.waivers) == ((), (Waiver("HY-PUT-01", "known"),))


def test_a_pattern_chooses_targets_of_either_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    file.rename("conformance.toml")

    assert list(Fleet.of("hayon", flags(target="eu-*")).requests) == ["eu-1", "eu-2"]
    named = flags(targets_from="conformance.toml", target="eu-1")
    assert list(Fleet.of("hayon", named).requests) == ["eu-1"]


@pytest.mark.parametrize(
    ("given", "several"),
    [
        ({}, False),
        ({"target": "eu-1"}, False),
        ({"target": "eu-*"}, True),
        ({"target": "eu-[12]"}, True),
        ({"targets_from": "f"}, True),
    ],
)
def test_a_file_or_a_pattern_means_several_targets(
    given: dict[str, str],
    several: bool,  # noqa: FBT001 - pytest's
) -> None:
    assert is_fleet(flags(**given)) is several


def test_a_request_survives_its_way_to_its_process(file: Path) -> None:
    for request in Fleet.of("hayon", flags(targets_from=str(file))).requests.values():
        assert RunRequest.from_dict(request.as_dict()) == request


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "xx-*"}, r"no target of .* matches 'xx-\*': it has us-1, eu-1, eu-2"),
        ({"base_url": "http://h"}, r"--base-url is not for several targets: set base_url in \[ta"),
        ({"start": "serve"}, r"--start is not for several targets: set start in \[targets.NAME\]"),
        ({"reference": True}, "--reference is not for several targets"),
        ({"config": "other.toml"}, "--config is not for several targets: pass one file"),
        ({"events": "-"}, "--events is not for several targets: run one target with it"),
        ({"at_once": 0}, "--at-once must be 1 or more"),
        ({"shard": "4/3"}, "target us-1: --shard '4/3': write I/N"),
    ],
)
def test_flags_that_do_not_fit_are_refused(file: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageProblem, match=message) as refused:
        Fleet.of("hayon", flags(targets_from=str(file), **given))

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[targets.a\n", "cannot be read: Expected ']'"),
        ("", r"has no targets: write \[targets.NAME\]"),
        ("targets = 1", "`targets` of the settings file must hold tables"),
        ("[targets.a]\nbase_ur = 'http://h'", "target a: unknown key 'base_ur'.*mean base_url"),
        (
            "[targets.a]\nbase_url='http://h'\n[targets.a]\nbase_url='http://h'",
            r"two targets have the name 'a' \(line 3\)",
        ),
        ("[targets.'../a']\nbase_url = 'http://h'", "'../a' .* cannot be the name of a folder"),
        ("[targets.a]\nbase_url = 'ftp://h'", "target a: .*--base-url"),
        ("[targets.a]\neffort = 'quick'", "target a: no target: pass --base-url"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(text)

    with pytest.raises(UsageProblem, match=message) as refused:
        Fleet.of("hayon", flags(targets_from=str(path)))

    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"none.toml cannot be read: No such file"):
        Fleet.of("hayon", flags(targets_from="none.toml"))
