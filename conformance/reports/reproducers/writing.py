"""Writes the reproducers of a report: the files for each requirement that did not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.model.redaction import visible
from conformance.reports.document import reproducer_names
from conformance.reports.failure import Name, plain
from conformance.reports.repeatable import decides, pauses_s
from conformance.reports.report import REPRODUCERS
from conformance.reports.reproducers import shell
from conformance.reports.reproducers.case_file import case_file
from conformance.settings.layers import exported
from conformance.settings.target import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.reports.report import Report
    from conformance.settings.rerun import Rerun

_EXECUTABLE = 0o755
#: A script that waits longer is written only where no other one shows the failure.
_PATIENCE_S = 30.0
#: Parts of the failure that a reproducer replaces.
_LEFT_OUT = frozenset(Name) - {
    Name.OBLIGATION, Name.EXPECTED, Name.ACTUAL, Name.STEPS, Name.SOURCE,
}  # fmt: skip


def write(report: Report, folder: Path) -> list[Path]:
    """Write the files of every requirement that did not hold, and return their paths.

    Args:
        report: The report.
        folder: The report folder; it must exist.
    """
    files = dict(_files(report))
    if files:
        (folder / REPRODUCERS).mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
        if path.suffix == ".sh":
            path.chmod(_EXECUTABLE)
    return [folder / name for name in files]


def clear(folder: Path) -> None:
    """Remove the reproducers of an earlier report; keep all other files."""
    place = folder / REPRODUCERS
    for pattern in ("[A-Z][A-Z]-*.sh", "test_[a-z][a-z]_*.py"):
        for path in place.glob(pattern):
            path.unlink()
    if place.is_dir() and not any(place.iterdir()):
        place.rmdir()


def _files(report: Report) -> Iterator[tuple[str, str]]:
    if report.get("traffic"):
        return  # no case sent the requests, so none can be run again
    rerun = report.rerun
    settings = _settings(report, rerun)
    removals = getattr(Profile.load(report.profile).module("api"), "REMOVALS", {})
    urls = {name: settings[name] for name in _URLS if name in settings}
    for row in report.requirements:
        if not row["evidence"]:
            continue
        for name in reproducer_names(row["id"], row["evidence"]):
            proof = _best(row, script=name.endswith(".sh"))
            header = _header(row, proof, rerun)
            if name.endswith(".sh"):
                yield name, shell.script(proof, header, urls, removals)
            else:
                short = name.rpartition("/")[2]
                alone = not proof["crowded"]
                cases = _cases(row, proof)
                yield name, case_file(short, row["id"], cases, header, settings, alone=alone)


_URLS = ("CONFORMANCE_BASE_URL", "CONFORMANCE_SHORT_LIVED_URL")


def _best(row: dict[str, Any], *, script: bool) -> dict[str, Any]:
    """Return the evidence that suits a file best.

    Best is evidence that a script can decide, from a case of the requirement itself. A shell
    script can use no other.
    """
    own = {case["id"] for case in row["cases"]}
    proofs = [proof for proof in row["evidence"] if decides(proof) or not script]

    def rank(proof: dict[str, Any]) -> tuple[bool, ...]:
        slow = script and pauses_s(proof) > _PATIENCE_S
        crowd, undecided = proof["crowded"], not decides(proof)
        return proof["aside"], crowd, undecided, slow, proof["case"] not in own

    found: dict[str, Any] = min(proofs, key=rank)
    return found


def _cases(row: dict[str, Any], proof: dict[str, Any]) -> list[str]:
    """Return the cases that showed the failure, all from the module of the chosen evidence."""
    module = proof["case"].partition("::")[0]
    cases = [proof["case"], *(other["case"] for other in row["evidence"] if not other["aside"])]
    return list(dict.fromkeys(case for case in cases if case.startswith(f"{module}::")))


def _settings(report: Report, rerun: Rerun) -> dict[str, str]:
    """Return the environment of the run: its target and settings, without credentials."""
    return exported({**rerun.values, **values_of(report["target"])})


def _header(row: dict[str, Any], proof: dict[str, Any], rerun: Rerun) -> list[str]:
    lines = [
        f"{row['id']} ({row['level']}): {row['title']}",
        "",
        *plain(row, proof, without=_LEFT_OUT).splitlines(),
    ]
    if proof["crowded"]:
        lines += [
            "",
            "It was seen in a library that also held media of other cases. If this file does not",
            "show it, that proves little: run the whole suite again.",
        ]
    if rerun.reference:
        lines += [
            "",
            "That run used the kit's own reference server, which has stopped. Start one with",
            f"`conformance serve {rerun.profile}` and set CONFORMANCE_BASE_URL to its URL.",
        ]
    elif rerun.values.get("start"):
        lines += [
            "",
            "That run started the server, and stopped it at its end. Start it again, and set",
            "CONFORMANCE_BASE_URL to its URL.",
        ]
    return [visible(line) for line in lines]  # a line break of the server must not end a comment
