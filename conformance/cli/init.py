"""`conformance init`: writes a settings file and jobs for CI."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import click

from conformance.cli.help import Command
from conformance.cli.installation import ADVICE, RELEASED, REQUIREMENT
from conformance.cli.options import PROFILE
from conformance.model.profile import Profile, specs_folder
from conformance.problem import ExitCode, UsageProblem

_SETTINGS = "conformance.toml"
_SCHEMA = "conformance.schema.json"
#: The first line of the file: for an editor with the schema, for a reader without it.
_SCHEMA_HERE = f"#:schema ./{_SCHEMA}"
_SCHEMA_WANTED = f"# For editors, `conformance init --schema` adds the JSON Schema ({_SCHEMA})."
#: How long the waiver of the example is in force.
_WAIVED = timedelta(days=30)
_NOXFILE = Path("noxfile.py")
#: For each CI system: its template, the file of the job, and what the user must do.
_JOBS = {
    "github": (
        "github.yml",
        Path(".github/workflows/conformance.yml"),
        "set CONFORMANCE_TOKEN under Settings, Secrets and variables, Actions",
    ),
    "gitlab": (
        "gitlab.yml",
        Path(".gitlab/conformance.yml"),
        "include .gitlab/conformance.yml, mask CONFORMANCE_TOKEN under Settings, CI/CD",
    ),
    "nox": (
        "session.py.txt",
        _NOXFILE,
        "export CONFORMANCE_TOKEN, set the --start of the session, then nox -s conformance",
    ),
}


#: The templates of the same jobs in shards.
_IN_SHARDS = {"github.yml": "github-shards.yml", "gitlab.yml": "gitlab-shards.yml"}
_SHARDS_HELP = "Split the run of the CI job into N shards."


@click.command(
    cls=Command,
    short_help="Write a settings file and CI jobs.",
    examples=(
        "conformance init",
        "conformance init --profile feedhive --ci github --schema",
        "conformance init --profile feedhive --ci gitlab --shards 3",
        "conformance init --profile feedhive --ci nox",
    ),
)
@click.option("--profile", metavar="NAME", type=PROFILE, help="The profile that the files use.")
@click.option("--ci", "systems", multiple=True, type=click.Choice(list(_JOBS)), help="Add a job.")
@click.option("--shards", type=click.IntRange(2, 50), metavar="N", help=_SHARDS_HELP)
@click.option("--schema", is_flag=True, help="Add the JSON Schema, for editors.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def init(
    profile: str | None,
    *,
    systems: tuple[str, ...],
    shards: int | None,
    schema: bool,
    force: bool,
) -> int:
    """Write a commented conformance.toml into this folder and, with --ci, a CI job.

    --ci nox adds a session to your noxfile.py, or writes one. Nothing that is there is changed.
    --shards splits the run of the GitHub or GitLab job; a last job merges the reports.
    """
    if profile is None and systems:
        raise UsageProblem("--ci needs --profile: a job runs the suite of one profile")
    if shards and not {"github", "gitlab"} & set(systems):
        raise UsageProblem("--shards needs --ci github or --ci gitlab: it splits their job")
    words = _words(Profile.load(profile) if profile else None, schema=schema)
    words |= _words_of_shards(shards) if shards else {}
    texts = {Path(_SETTINGS): _filled(_SETTINGS, words)}
    for system in systems:
        template, path, _ = _JOBS[system]
        texts[path] = _filled(_IN_SHARDS.get(template, template) if shards else template, words)
    if schema:
        texts[Path(_SCHEMA)] = (specs_folder() / _SCHEMA).read_text(encoding="utf-8")
    if _NOXFILE in texts:
        texts[_NOXFILE] = _with_session(texts[_NOXFILE])
    if not force:
        _refuse_to_overwrite([path for path in texts if path != _NOXFILE])
    for path, text in texts.items():
        _write(path, text)
    _print_next_steps(words["profile"], dict.fromkeys(systems))
    return ExitCode.OK


def _words(profile: Profile | None, *, schema: bool) -> dict[str, str]:
    """Return the replacements for the marks of a template."""
    return {
        "profile": profile.name if profile else "PROFILE",
        "catalogue": profile.catalogue.version if profile else "1.1.0",
        "released": RELEASED,
        "requirement_line": REQUIREMENT,
        "schema": _SCHEMA_HERE if schema else _SCHEMA_WANTED,
        "requirement": next(iter(profile.catalogue)).id if profile else "FH-COMPLETE-11",
        "expires": (datetime.now(UTC).date() + _WAIVED).isoformat(),
    }


def _words_of_shards(shards: int) -> dict[str, str]:
    numbers = ", ".join(map(str, range(1, shards + 1)))
    return {"shards": str(shards), "shard_numbers": numbers}


def _filled(template: str, words: dict[str, str]) -> str:
    text = files("conformance.cli").joinpath("templates", template).read_text(encoding="utf-8")
    for mark, word in words.items():
        text = text.replace(f"@{mark}@", word)
    return text


def _with_session(session: str) -> str:
    """Return the text of the user's noxfile with the session at its end.

    Raises:
        UsageProblem: The noxfile has such a session already, or cannot be read.
    """
    try:
        before = _NOXFILE.read_text(encoding="utf-8") if _NOXFILE.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{_NOXFILE} cannot be read: {error}") from None
    if re.search(r"^def conformance\(", before, re.MULTILINE):
        raise UsageProblem(f"{_NOXFILE} already has a session conformance: nothing was written")
    if not re.search(r"^import nox$", before, re.MULTILINE):
        # At the end: at the top, it could come before a `from __future__` import.
        session = f"\nimport nox{'  # noqa: E402' if before else ''}\n{session}"
    return f"{before.rstrip()}\n{session}".lstrip()


def _refuse_to_overwrite(paths: list[Path]) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there:
        verb = "exists" if len(there) == 1 else "exist"
        raise UsageProblem(
            f"{' and '.join(there)} already {verb}, so nothing was written;"
            " pass --force to overwrite"
        )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written ({error.strerror}): fix its permissions or change the folder"
        ) from None
    click.echo(f"wrote {path}")


def _print_next_steps(profile: str, systems: dict[str, None]) -> None:
    click.echo("\nNext:")
    click.echo(f"  set base_url in {_SETTINGS}, export CONFORMANCE_TOKEN or set token_env there")
    for system in systems:
        click.echo(f"  {system}: {_JOBS[system][2]}")
    if systems:
        click.echo(f"  {ADVICE}")
    click.echo(f"  conformance doctor {profile}\n  conformance run {profile}")
