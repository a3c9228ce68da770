"""`conformance init` writes files that the kit itself, and the CI systems, can read."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest
import yaml

from conformance import __version__
from conformance.cli.installation import REQUIREMENT
from conformance.cli.main import cli
from conformance.model.profile import Profile, specs_folder
from conformance.settings.file import CREDENTIALS, configuration_file, configured_waivers
from conformance.settings.table import BY_NAME, SETTINGS

if TYPE_CHECKING:
    from tests.conftest import Command

WORKFLOW = Path(".github/workflows/conformance.yml")
JOB = Path(".gitlab/conformance.yml")


@pytest.fixture
def initialised(command: Command, tmp_path: Path) -> Path:
    done = command("init", "--profile", "hayon", "--ci", "github", "--ci", "gitlab")
    assert done.returncode == 0, done.stderr
    return tmp_path


def commands_in(text: str) -> list[list[str]]:
    """Return the words of each line that calls the kit."""
    return [
        shlex.split(line.strip("'`"))
        for line in re.findall(r"\bconformance ((?:run|doctor) .*)", text)
    ]


def put_in(path: Path) -> str:
    """Put in every line that is commented out, and return what the file then holds."""
    text = re.sub(r"(?m)^#(?=[a-z_0-9]+ = |\[\[)", "", path.read_text())
    path.write_text(text)
    return text


def flags_of(name: str) -> set[str]:
    command = cli.commands[name]
    assert isinstance(command, click.Command)
    return {flag for option in command.params for flag in option.opts}


def test_our_own_reader_takes_the_settings_file(initialised: Path) -> None:
    layer = configuration_file(str(initialised / "conformance.toml"), None)

    given = {setting.name: layer(setting) for setting in SETTINGS if layer(setting) is not None}
    assert given == {"base_url": "http://127.0.0.1:8000"}


def test_each_line_that_is_commented_out_may_be_put_in(initialised: Path) -> None:
    path = initialised / "conformance.toml"
    text = put_in(path)

    layer = configuration_file(str(path), None)

    table = tomllib.loads(text)
    keys = {*table, *table["targets"]["local"]} - {"targets", "default_target", "waivers"}
    assert len(keys) > 12
    assert keys & set(CREDENTIALS) == {"token_env", "other_token_command"}
    assert all(layer(BY_NAME[key]) is not None for key in keys - set(CREDENTIALS))
    assert table["default_target"] == "local"


def test_the_waiver_of_the_example_is_in_force(initialised: Path) -> None:
    path = initialised / "conformance.toml"
    put_in(path)

    (waiver,) = configured_waivers(str(path), None)

    assert waiver.requirement in Profile.load("hayon").catalogue
    assert not waiver.expired(datetime.now(UTC).date())


def test_the_schema_that_comes_along_fits_the_file(command: Command, tmp_path: Path) -> None:
    done = command("init", "--schema")

    assert done.returncode == 0
    text = put_in(tmp_path / "conformance.toml")
    name = re.match(r"#:schema \./(.+)", text)
    assert name is not None
    schema = json.loads((tmp_path / name[1]).read_text())
    assert schema == json.loads((specs_folder() / "conformance.schema.json").read_text())
    settings = json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))
    jsonschema.validate(settings, schema)


def test_no_secret_has_a_place_in_the_settings_file(initialised: Path) -> None:
    text = (initialised / "conformance.toml").read_text()

    assert not re.search(r"(?m)^#?\s*(other_)?token\s*=", text)
    assert "CONFORMANCE_TOKEN" in text


def test_the_workflow_and_the_job_are_yaml_of_their_kind(initialised: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load((initialised / WORKFLOW).read_text())
    job: dict[str, Any] = yaml.safe_load((initialised / JOB).read_text())

    steps = workflow["jobs"]["conformance"]["steps"]
    assert all("uses" in step or "run" in step for step in steps)
    assert steps[-1]["if"] == "always()"
    assert steps[-1]["with"]["path"] == "conformance-report/"
    assert steps[1]["with"]["cache"] == "pip"
    assert (initialised / steps[1]["with"]["cache-dependency-path"]).is_file()
    assert workflow[True]["schedule"]  # YAML 1.1 reads the key `on` as a truth
    assert "thorough" in steps[3]["env"]["CONFORMANCE_EFFORT"]
    both = job[".conformance"]
    assert both["artifacts"]["reports"]["junit"] == "conformance-report/junit.xml"
    assert both["cache"]["paths"] == [".cache/pip"]
    assert all(isinstance(line, str) for line in both["script"])
    assert job["conformance-nightly"]["variables"]["CONFORMANCE_EFFORT"] == "thorough"
    assert {job[name]["extends"] for name in ("conformance", "conformance-nightly")} == {
        ".conformance"
    }


def test_jobs_in_shards_end_with_one_that_merges(command: Command, tmp_path: Path) -> None:
    words = ("--ci", "github", "--ci", "gitlab", "--shards", "3")
    done = command("init", "--profile", "hayon", *words)

    assert done.returncode == 0, done.stderr
    jobs = yaml.safe_load((tmp_path / WORKFLOW).read_text())["jobs"]
    matrix, verdict = jobs["conformance"], jobs["verdict"]
    assert matrix["strategy"] == {"fail-fast": False, "matrix": {"shard": [1, 2, 3]}}
    (run,) = [step["run"] for step in matrix["steps"] if "--shard" in step.get("run", "")]
    assert run.endswith('--shard "$SHARD/3"')
    assert (verdict["needs"], verdict["if"]) == ("conformance", "always()")
    assert [step["run"] for step in verdict["steps"] if "run" in step][-1] == (
        "conformance merge shards/*"
    )
    names = [step["with"] for step in verdict["steps"] if "download" in step.get("uses", "")]
    assert names == [{"pattern": "conformance-shard-*", "path": "shards"}]

    file = yaml.safe_load((tmp_path / JOB).read_text())
    shard, last = file[".conformance"], file["conformance-verdict"]
    assert shard["parallel"] == 3
    assert '--shard "$CI_NODE_INDEX/$CI_NODE_TOTAL"' in shard["script"][-1]
    assert last["script"][-1] == "conformance merge shards/*"
    assert {need["job"] for need in last["needs"]} == {"conformance", "conformance-nightly"}
    for path in (WORKFLOW, JOB):
        text = (tmp_path / path).read_text()
        assert not re.search(r"@[a-z_]+@", text)
        assert flags_of("run") >= {"--shard", "--start", "--report-dir", "--own-tokens"}


def test_jobs_install_from_the_one_documented_address(initialised: Path) -> None:
    workflow = yaml.safe_load((initialised / WORKFLOW).read_text())
    job = yaml.safe_load((initialised / JOB).read_text())

    assert workflow["env"]["KIT"] == REQUIREMENT
    assert job[".conformance"]["variables"]["KIT"] == REQUIREMENT
    assert 'pip install "$KIT"' in job[".conformance"]["script"]


def test_a_noxfile_gets_a_session_and_keeps_the_rest(command: Command, tmp_path: Path) -> None:
    mine = "from __future__ import annotations\n\nimport nox\n\nMINE = 1\n"
    (tmp_path / "noxfile.py").write_text(mine)

    added = command("init", "--profile", "hayon", "--ci", "nox")
    twice = command("init", "--profile", "hayon", "--ci", "nox", "--force")

    text = (tmp_path / "noxfile.py").read_text()
    assert added.returncode == 0, added.stderr
    assert text.startswith(mine)
    assert text.count("import nox\n") == 1
    assert twice.returncode == 2
    assert "already has a session conformance" in twice.stderr
    ((name, *words),) = sessions_of(tmp_path / "noxfile.py")
    assert (name, words[-2:]) == ("conformance", ["--effort", "quick"])
    assert words[:2] == ["run", "hayon"]


def test_without_a_noxfile_one_is_written(command: Command, tmp_path: Path) -> None:
    done = command("init", "--profile", "hayon", "--ci", "nox")

    assert done.returncode == 0, done.stderr
    assert "replace OWNER" in done.stdout
    assert len(sessions_of(tmp_path / "noxfile.py")) == 1


def sessions_of(noxfile: Path) -> list[list[str]]:
    """Return the words that the session of a noxfile runs, with a stand-in for nox."""
    ran: list[list[str]] = []
    session = SimpleNamespace(
        posargs=["--effort", "quick"],
        install=lambda *packages: ran.extend([] if packages == (REQUIREMENT,) else [["bad"]]),
        run=lambda *words: ran.append(list(words)),
    )
    stand_in = ModuleType("nox")
    vars(stand_in).update(session=lambda function: function(session), Session=object)
    code = compile(noxfile.read_text(), str(noxfile), "exec")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "nox", stand_in)
        exec(code, {})  # noqa: S102 - our own template
    return ran


def test_the_commands_in_the_files_are_commands_of_this_kit(initialised: Path) -> None:
    for path in (Path("conformance.toml"), WORKFLOW, JOB):
        text = (initialised / path).read_text()
        called = commands_in(text)
        assert called, path
        for words in called:
            named = {word for word in words if word.startswith("--")}
            assert named <= flags_of(words[0]), path
            assert words[1].strip("`") == "hayon"
    assert f"media-conformance=={__version__}" in (initialised / JOB).read_text()


def test_the_job_starts_the_server_though_the_file_names_an_address(
    command: Command, initialised: Path
) -> None:
    assert (initialised / "conformance.toml").is_file()

    done = command("doctor", "hayon", "--start", "no-such-command", CONFORMANCE_TOKEN="t")

    assert done.returncode == 3
    assert "--start 'no-such-command' ended" in done.stderr


def test_nothing_is_overwritten_unless_told_to(command: Command, initialised: Path) -> None:
    (initialised / WORKFLOW).write_text("mine")
    (initialised / "conformance.toml").unlink()

    refused = command("init", "--profile", "hayon", "--ci", "github")
    kept = (initialised / WORKFLOW).read_text()
    forced = command("init", "--profile", "hayon", "--ci", "github", "--force")

    assert refused.returncode == 2
    assert "already exists, so nothing was written" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert kept == "mine"
    assert forced.returncode == 0
    assert (initialised / WORKFLOW).read_text() != "mine"


def test_without_a_profile_the_settings_file_is_written_alone(
    command: Command, tmp_path: Path
) -> None:
    done = command("init")

    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["conformance.toml"]
    assert "conformance doctor PROFILE" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ci", "github"], "--ci needs --profile"),
        (["--profile", "nosuch"], "unknown profile 'nosuch'"),
        (["--profile", "hayon", "--ci", "nox", "--shards", "3"], "--shards needs --ci github or"),
        (["--profile", "hayon", "--ci", "github", "--shards", "1"], "'--shards': 1 is not in"),
        (["--profile", "hayon", "--ci", "jenkins"], "jenkins"),
    ],
)
def test_bad_input_writes_nothing(
    command: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = command("init", *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / ".github").touch()

    done = command("init", "--profile", "hayon", "--ci", "github", "--force")

    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
