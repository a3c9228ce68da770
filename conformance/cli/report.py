"""`conformance report`: renders a report again, only from its `report.json`."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.help import Command
from conformance.problem import ExitCode, UsageProblem
from conformance.reports.formats import FORMATS, Format


@click.command(
    cls=Command,
    short_help="Render a report again, in any format.",
    codes=(
        (ExitCode.OK, "rendered"),
        (ExitCode.USAGE, "the report cannot be read, or a file cannot be written"),
    ),
    examples=(
        "conformance report conformance-report",
        "conformance report conformance-report --format markdown --out -",
        "conformance report conformance-report --format allure --out allure-results",
    ),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "names",
    metavar="NAME",
    multiple=True,
    type=click.Choice(list(FORMATS)),
    help=f"Only this format (may be repeated): {', '.join(FORMATS)}.",
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path),
              help="Write the one format to FILE, allure to a folder; - is stdout.")  # fmt: skip
def report(folder: Path, names: tuple[str, ...], out: Path | None) -> int:
    """Render the report in DIR again, only from its report.json."""
    from conformance.reports.folder import write
    from conformance.reports.report import Report

    if out is not None and len(names) != 1:
        raise UsageProblem("--out takes exactly one --format")
    if "allure" in names and (out is None or str(out) == "-"):
        raise UsageProblem("--format allure writes many files: name a folder with --out")
    read = Report.read(_document(folder))
    chosen = [FORMATS[name] for name in names or FORMATS if names or FORMATS[name].file]
    files = {made.file: made.text(read) for made in chosen if made.file and out is None}
    write(files, folder)
    for name in files:
        click.echo(folder / name)
    for made in chosen:
        if made.folder and out is not None:
            _send_files(made.files(read), out)
        elif out is not None or made.file is None:
            _send(made, made.text(read), out)
    return ExitCode.OK


def _document(folder: Path) -> Path:
    if not folder.exists():
        raise UsageProblem(f"there is no report folder {folder}: `conformance run` writes one")
    if not folder.is_dir():
        raise UsageProblem(f"{folder} is not a folder: name the one that holds report.json")
    return folder / "report.json"


def _send_files(texts: dict[str, str], out: Path) -> None:
    """Write files into a folder; results of earlier runs stay, as Allure expects it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageProblem(
            f"{out} cannot be written ({error.strerror}): choose another folder"
        ) from None
    click.echo(f"{out}: {len(texts)} files")


def _send(made: Format, text: str, out: Path | None) -> None:
    if out is None or str(out) == "-":
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageProblem(
            f"{out} cannot be written ({error.strerror}): choose another file for {made.name}"
        ) from None
