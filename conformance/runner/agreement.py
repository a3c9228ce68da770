"""Whether reports may be joined: they are of one target, one catalogue, one kit, one effort."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.problem import UsageProblem
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.reports.report import Report

#: The servers that a run starts: each run has its own, at another address.
_STARTED = ("reference", "start")
#: So many characters of a differing value are shown.
_SHOWN = 100


def check_agreement(reports: Sequence[Report]) -> None:
    """Check that reports belong together.

    Raises:
        UsageProblem: They do not, a shard is missing, or a report is there twice.
    """
    if not reports:
        raise UsageProblem("name at least one report folder")
    for report in reports:
        if report.get("traffic"):
            raise UsageProblem(f"{report.path} is of the traffic of others: it cannot be merged")
    for what, value in _ALIKE.items():
        _check_alike(reports, what, value)
    _check_kit(reports[0])
    _check_shards(reports)


def part_of(report: Report) -> str:
    """Return which part of a whole a report is, in a few words."""
    shard = report.get("shard")
    if shard:
        return f"shard {shard['number']}/{shard['of']}"
    return report.path.parent.name if report.path else "a run"


def whole_selection(reports: Sequence[Report]) -> str:
    """Return how the cases of all reports together were selected; empty for all cases."""
    found = {_selection(report) for report in reports}
    if "" in found:
        return ""
    return found.pop() if len(found) == 1 else "the merged runs"


def target_of(report: Report) -> str:
    """Return what was judged: the command that started the server, or its address."""
    rerun = report.get("rerun") or {}
    for source in _STARTED:
        if rerun.get(source):
            started = rerun[source]
            return "the reference server" if started is True else f"--start {started!r}"
    return str(report["target"].get("base_url"))


_ALIKE: dict[str, Callable[[Report], Any]] = {
    "profiles": lambda report: report.profile,
    "kit versions": lambda report: report["kit_version"],
    "catalogues": lambda report: report["catalogue_version"],
    "targets": target_of,
    "builds": lambda report: report.get("build", ""),
    "efforts": lambda report: report["effort"],
    "pinned catalogues (--as-of)": lambda report: report.get("as_of", ""),
    "settings of --strict": lambda report: report["strict"],
}


def _check_alike(reports: Sequence[Report], what: str, value: Callable[[Report], Any]) -> None:
    first = reports[0]
    for other in reports[1:]:
        if value(other) != value(first):
            here, there = (_shown(value(one)) for one in (first, other))
            raise UsageProblem(
                f"the reports are of different {what}:"
                f" {_place(first)} has {here}, and {_place(other)} has {there}"
            )


def _shown(value: object) -> str:
    text = str(value) or "none"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _place(report: Report) -> str:
    return str(report.path.parent if report.path else Path())


def _check_kit(report: Report) -> None:
    """Refuse reports of another kit: their rows and cases may be others."""
    version = Profile.load(report.profile).catalogue.version
    if (report["kit_version"], report["catalogue_version"]) != (__version__, version):
        raise UsageProblem(
            f"the reports are of kit {report['kit_version']} with catalogue"
            f" {report['catalogue_version']}, and this is {__version__} with {version}:"
            " merge them with the kit that made them"
        )


def _check_shards(reports: Sequence[Report]) -> None:
    shards = [report.get("shard") for report in reports]
    if not any(shards):
        _check_distinct(reports)
        return
    whole = next((report for report in reports if not report.get("shard")), None)
    if whole is not None:
        raise UsageProblem(f"{_place(whole)} is not of a shard, and others are: merge only shards")
    _check_alike(reports, "numbers of shards", lambda report: report["shard"]["of"])
    _check_alike(reports, "seeds", lambda report: report["seed"])
    _check_alike(reports, "selections", _selection)
    of = shards[0]["of"]
    numbers = Counter(shard["number"] for shard in shards)
    twice = [f"{number}/{of}" for number, count in sorted(numbers.items()) if count > 1]
    if twice:
        raise UsageProblem(f"there twice: shard {', '.join(twice)}")
    missing = [f"{number}/{of}" for number in range(1, of + 1) if number not in numbers]
    if missing:
        raise UsageProblem(f"missing: the report of shard {', '.join(missing)}")


def _check_distinct(reports: Sequence[Report]) -> None:
    seen: dict[tuple[object, ...], Report] = {}
    for report in reports:
        key = (report["started"], report["requests"], report["selection"])
        before = seen.get(key)
        seen[key] = report
        if before is not None:
            raise UsageProblem(f"{_place(before)} and {_place(report)} are the same report")


def _selection(report: Report) -> str:
    """Return how the cases were selected beside the shard."""
    shard = report.get("shard")
    flag = f"--shard {shard['number']}/{shard['of']}" if shard else ""
    return str(report["selection"]).removesuffix(flag).strip() if flag else report["selection"]
