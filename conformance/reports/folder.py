"""The report folder: it holds the files of one report, never a mix of two."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.problem import UsageProblem
from conformance.reports.formats import FILES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.reports.report import Report

_PARTIAL = ".partial"


def cleared(folder: Path) -> Path:
    """Make the folder ready: remove an earlier report from it, and keep all other files.

    Raises:
        UsageProblem: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
            (folder / f"{name}{_PARTIAL}").unlink(missing_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from None
    return folder


def publish(report: Report, folder: Path) -> list[Path]:
    """Render every format, write all of the files or none of them, and return the files.

    Args:
        report: The report.
        folder: The report folder; it must exist.

    Raises:
        UsageProblem: The folder cannot be written.
    """
    write({name: made.text(report) for name, made in FILES.items()}, folder)
    return [folder / name for name in FILES]


def write(texts: Mapping[str, str], folder: Path) -> None:
    """Write the files: all of them, or none if one cannot be written.

    Args:
        texts: The text of each file, by its name.
        folder: The report folder; it must exist.

    Raises:
        UsageProblem: The folder cannot be written.
    """
    partial = {folder / name: folder / f"{name}{_PARTIAL}" for name in texts}
    try:
        for path, beside in partial.items():
            beside.write_text(texts[path.name], encoding="utf-8")
        for path, beside in partial.items():
            beside.replace(path)
    except OSError as error:
        for beside in partial.values():
            with suppress(OSError):
                beside.unlink()
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> UsageProblem:
    return UsageProblem(
        f"the report folder {folder} cannot be written ({error.strerror}): choose another folder"
    )
