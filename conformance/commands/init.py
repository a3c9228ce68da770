"""`conformance init`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from conformance import __version__
from conformance.problem import UsageProblem

_SETTINGS = "conformance.toml"
#: The template of each CI system, where its job goes, and what is to do with it.
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
}


@click.command(short_help="Write a settings file and CI jobs.")
@click.option("--profile", metavar="NAME", help="The profile that the files speak of.")
@click.option("--ci", "systems", multiple=True, type=click.Choice(list(_JOBS)), help="Add a job.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def init(profile: str | None, *, systems: tuple[str, ...], force: bool) -> int:
    """Write a commented conformance.toml into this folder and, with --ci, a CI job.

    \b
    conformance init --profile feedhive --ci github
    """  # noqa: D301 - click's mark against re-wrapping
    from conformance.profile import Profile  # noqa: PLC0415 - reads the specs

    if profile is None and systems:
        raise UsageProblem("--ci needs --profile: a job runs the suite of one profile")
    name = "PROFILE" if profile is None else Profile.load(profile).name
    texts = {Path(_SETTINGS): _filled(_SETTINGS, name)}
    texts |= {_JOBS[system][1]: _filled(_JOBS[system][0], name) for system in systems}
    if not force:
        _refuse_to_overwrite(list(texts))
    for path, text in texts.items():
        _write(path, text)
    _say_what_is_next(name, dict.fromkeys(systems))
    return 0


def _filled(template: str, profile: str) -> str:
    text = files("conformance").joinpath("templates", template).read_text(encoding="utf-8")
    return text.replace("@profile@", profile).replace("@version@", __version__)


def _refuse_to_overwrite(paths: list[Path]) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there:
        verb = "is" if len(there) == 1 else "are"
        raise UsageProblem(
            f"{' and '.join(there)} {verb} there already: nothing was written;"
            " pass --force to overwrite"
        )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written ({error.strerror}): mend its rights, or change the folder"
        ) from None
    click.echo(f"wrote {path}")


def _say_what_is_next(profile: str, systems: dict[str, None]) -> None:
    click.echo("\nNext:")
    click.echo(f"  set base_url in {_SETTINGS}, export CONFORMANCE_TOKEN")
    for system in systems:
        click.echo(f"  {system}: {_JOBS[system][2]}")
    click.echo(f"  conformance doctor {profile}\n  conformance run {profile}")
