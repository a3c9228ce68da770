"""The settings file: which one is read, and what in it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.problem import UsageProblem
from conformance.settings.file import configuration_file, settled
from conformance.settings.table import BY_NAME

TWO_TARGETS = """
seed = 1
s3_bucket = "shared"

[targets.live]
base_url = "https://live.example"
seed = 2

[targets.stage]
base_url = "https://stage.example"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str, name: str = "conformance.toml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def value(name: str, config: str | None = None, target: str | None = None) -> Any:
    return configuration_file(config, target)(BY_NAME[name])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("bse_url = 'http://localhost'", "unknown key 'bse_url' .*; did you mean base_url\\?$"),
        ("zzz = 1", "unknown key 'zzz' in the settings file$"),
        ("base-url = 'http://localhost'", "unknown key 'base-url' .*; did you mean base_url\\?$"),
        ("seed = '1'", "^seed in the settings file must be a whole number$"),
        ("seed = 1.0", "^seed in the settings file must be a whole number$"),
        ("seed = true", "^seed in the settings file must be a whole number$"),
        ("strict = 1", "^strict in the settings file must be true or false$"),
        ("read_timeout = '3'", "^read_timeout in the settings file must be a number$"),
        ("token = 7", "^token in the settings file must be a string$"),
        ("capability = 'posts'", "^capability in the settings file must be a list of strings$"),
        (
            "capability = ['posts', 1]",
            "^capability in the settings file must be a list of strings$",
        ),
        ("effort = 'Quick'", "one of quick, standard, thorough; did you mean quick\\?$"),
        ("config = 'other.toml'", "unknown key 'config' in the settings file"),
        ("token_env = 7", "^token_env in the settings file must be a string$"),
        ("token_envv = 'T'", "unknown key 'token_envv' .*; did you mean token_env\\?$"),
        ("[[waiver]]", "unknown key 'waiver' .*; did you mean waivers\\?$"),
        ("[target.live]", "unknown key 'target' .*; did you mean targets\\?$"),
        ("default_target = 'x'", "^default_target .*: no \\[targets.x\\] .*: it has none$"),
        ("token = 't'\ntoken_env = 'T'", "^token and token_env .* exclude each other: keep one$"),
        ("start = 's'\nreference = true", "^reference and start .* exclude each other: keep one$"),
        ("effort = 'hard'", "effort in the settings file must be one of quick, standard, thorough"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_its_key(line: str, fault: str) -> None:
    config = written(line)

    with pytest.raises(UsageProblem, match=fault):
        configuration_file(config, None)


def test_a_mistake_inside_the_chosen_target_is_refused_too() -> None:
    written("[targets.live]\nsed = 1")

    with pytest.raises(UsageProblem, match=r"unknown key 'sed' .* did you mean seed\?$"):
        configuration_file(None, "live")


def test_a_mistake_inside_another_target_is_refused_as_well() -> None:
    written("[targets.live]\nseed = 1\n[targets.stage]\nsed = 1")

    with pytest.raises(UsageProblem, match=r"unknown key 'sed' .* did you mean seed\?$"):
        configuration_file(None, "live")


@pytest.mark.parametrize("text", ["targets = 'live'", "[targets]\nlive = 1"])
def test_targets_that_are_no_tables_are_refused(text: str) -> None:
    written(text)

    with pytest.raises(UsageProblem, match=r"must hold tables: \[targets\.NAME\]"):
        configuration_file(None, None)


def test_several_targets_need_a_choice() -> None:
    written(TWO_TARGETS)

    with pytest.raises(UsageProblem, match="pass --target live or stage"):
        configuration_file(None, None)


@pytest.mark.parametrize(("text", "names"), [(TWO_TARGETS, "live or stage"), ("seed = 1", "none")])
def test_an_unknown_target_is_refused_with_the_known_ones(text: str, names: str) -> None:
    written(text)

    with pytest.raises(UsageProblem, match=rf"no \[targets\.lab\] .*: it has {names}$"):
        configuration_file(None, "lab")


def test_a_target_overrides_what_all_of_them_share() -> None:
    written(TWO_TARGETS)

    assert value("seed", target="live") == 2
    assert value("seed", target="stage") == 1
    assert value("s3_bucket", target="live") == "shared"
    assert value("base_url", target="stage") == "https://stage.example"


def test_an_only_target_needs_no_choice() -> None:
    written("[targets.live]\nbase_url = 'https://live.example'")

    assert value("base_url") == "https://live.example"


def test_values_arrive_in_the_kind_of_their_setting() -> None:
    written("read_timeout = 3\ncapability = ['posts', 'other']\nstrict = false\neffort = 'quick'")

    read_timeout = value("read_timeout")

    assert (read_timeout, type(read_timeout)) == (3.0, float)
    assert value("capability") == ("posts", "other")
    assert value("strict") is False
    assert value("token") is None


def test_the_own_file_goes_before_the_projects_and_a_named_one_before_both() -> None:
    written("[tool.conformance]\nseed = 1", "pyproject.toml")
    project = value("seed")
    written("seed = 2")
    own = value("seed")

    named = value("seed", written("seed = 3", "named.toml"))

    assert (project, own, named) == (1, 2, 3)


def test_a_project_file_without_our_table_says_nothing() -> None:
    nothing = value("seed")
    written("[project]\nname = 'x'\n[tool.ruff]\nline-length = 100", "pyproject.toml")

    assert (nothing, value("seed")) == (None, None)


def test_a_named_file_that_is_missing_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"gone\.toml cannot be read: No such file"):
        configuration_file("gone.toml", None)


@pytest.mark.parametrize("content", [b"seed = ", b"seed = 1\nseed = 2", b"# \xff"])
@pytest.mark.parametrize("config", [None, "conformance.toml"])
def test_a_broken_settings_file_is_refused(
    folder: Path, content: bytes, config: str | None
) -> None:
    (folder / "conformance.toml").write_bytes(content)

    with pytest.raises(UsageProblem, match=r"the settings file conformance\.toml cannot be read: "):
        configuration_file(config, None)


def test_a_broken_project_file_is_left_to_others_unless_it_was_named() -> None:
    written("[tool", "pyproject.toml")

    assert value("seed") is None
    with pytest.raises(UsageProblem, match=r"pyproject\.toml cannot be read"):
        configuration_file("pyproject.toml", None)


def test_two_targets_with_one_name_are_refused_in_plain_words() -> None:
    written("[targets.live]\nseed = 1\n[targets.stage]\n\n[targets.live]\nseed = 2\n")

    with pytest.raises(UsageProblem) as refused:
        configuration_file(None, "live")

    assert str(refused.value) == (
        "the settings file conformance.toml cannot be read:"
        " two targets have the name 'live' (line 5): rename one of them"
    )


def test_two_targets_with_one_name_are_refused_in_a_projects_file_too() -> None:
    table = "[tool.conformance.targets.live]\nseed = 1\n"
    name = written(table * 2, "pyproject.toml")

    with pytest.raises(UsageProblem, match=r"two targets have the name 'live' \(line 3\)"):
        configuration_file(name, "live")


def test_the_default_target_is_taken_unless_another_is_named() -> None:
    written('default_target = "stage"\n' + TWO_TARGETS)

    assert value("base_url") == "https://stage.example"
    assert value("base_url", target="live") == "https://live.example"


def test_a_target_that_was_nearly_hit_is_suggested() -> None:
    written(TWO_TARGETS)

    with pytest.raises(UsageProblem, match=r"it has live or stage; did you mean stage\?$"):
        configuration_file(None, "stag")


def test_waivers_are_not_the_settings_business() -> None:
    written("seed = 4\n[[waivers]]\nrequirement = 'FH-LIST-01'\nreason = 'known'")

    assert value("seed") == 4


def test_a_token_comes_from_the_variable_that_the_file_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAGE_TOKEN", "s3cret")
    written("token_env = 'STAGE_TOKEN'\nother_token_command = 'printf 0ther'")

    assert (value("token"), value("other_token")) == ("s3cret", "0ther")


def test_a_target_overrides_whence_the_token_of_all_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARED", "shared")
    written("token_env = 'SHARED'\n[targets.a]\ntoken_command = 'printf own'\n[targets.b]")

    assert (value("token", target="a"), value("token", target="b")) == ("own", "shared")


def test_a_target_with_an_url_overrides_a_shared_command_to_start() -> None:
    written("start = 'serve'\n[targets.a]\nbase_url = 'http://a.example'")

    assert (value("base_url"), value("start")) == ("http://a.example", None)


def test_no_command_runs_for_a_token_that_is_given_elsewhere(folder: Path) -> None:
    written("token_command = 'touch ran'")

    found = settled({"token": "t"})

    assert (found["token"].value, found["token"].origin) == ("t", "flag")
    assert not (folder / "ran").exists()


def test_no_command_runs_for_the_reference_server(folder: Path) -> None:
    written("base_url = 'http://h'\ntoken_command = 'touch ran'")

    found = settled({"reference": True})

    assert (found["base_url"].value, found["token"].value) == (None, None)
    assert not (folder / "ran").exists()


def test_a_command_runs_once_however_often_the_token_is_asked_for(folder: Path) -> None:
    script = folder / "token.sh"
    script.write_text("echo x >> ran\necho t0ken\n")
    written("token_command = 'sh token.sh'")
    layer = configuration_file(None, None)

    assert [layer(BY_NAME["token"]) for _ in range(3)] == ["t0ken"] * 3
    assert (folder / "ran").read_text() == "x\n"


def test_flags_then_environment_then_file_then_default(monkeypatch: pytest.MonkeyPatch) -> None:
    written("[targets.a]\nseed = 3\ns3_bucket = 'f'\nworkers = 2\n[targets.b]")
    for name, text in {"TARGET": "a", "SEED": "2", "S3_BUCKET": "e"}.items():
        monkeypatch.setenv(f"CONFORMANCE_{name}", text)

    found = settled({"seed": 1})

    assert {name: (found[name].value, found[name].origin.value) for name in
            ("seed", "s3_bucket", "workers", "effort")} == {
        "seed": (1, "flag"),
        "s3_bucket": ("e", "environment"),
        "workers": (2, "file"),
        "effort": ("standard", "default"),
    }  # fmt: skip


def test_the_file_itself_may_be_named_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFORMANCE_CONFIG", written("seed = 9", "other.toml"))

    assert settled({})["seed"].value == 9
