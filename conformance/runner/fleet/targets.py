"""Which targets a fleet has: those of a settings file whose names match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.runner.request import RunRequest
from conformance.settings.build import build_of
from conformance.settings.file import configured_waivers, settled, target_names
from conformance.settings.layers import Origin, environment, traced
from conformance.settings.table import BY_NAME
from conformance.settings.target import target_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.settings.layers import Chosen

#: What chooses by a pattern.
_PATTERN = re.compile(r"[*?\[]")
#: A name that is also that of a folder, on every system.
_NAME = re.compile(r"[\w][\w.-]{0,99}")
#: What belongs to one target, or to one run.
_OF_ONE = ("base_url", "reference", "start", "short_lived_url", "events", "config")
#: How messages name the file where the user named none.
_USUAL = "the settings file"


@dataclass(frozen=True)
class Fleet:
    """The request of each target by its name, in the order of the file.

    So many run `at_once`; the folder of each report is in `place`.
    """

    profile: str
    requests: dict[str, RunRequest]
    at_once: int
    place: Path

    @classmethod
    def of(cls, profile: str, flags: Mapping[str, Any]) -> Fleet:
        """Build the requests of all targets that the settings choose.

        Raises:
            UsageProblem: The file, a name, or the settings of a target do not fit, or no target
                was chosen.
        """
        known = _known(flags)
        file = known["targets_from"].value
        _refuse_settings_of_one(known, also_config=bool(file))
        config = file or known["config"].value
        names = _chosen(target_names(config), known["target"].value, str(config or _USUAL))
        place = Path(known["report_dir"].value)
        BY_NAME["at_once"].check(known["at_once"].value)
        requests = {name: _request(profile, flags, config, name, place) for name in names}
        return cls(profile, requests, known["at_once"].value, place)


def is_fleet(flags: Mapping[str, Any]) -> bool:
    """Return whether flags and variables choose several targets."""
    known = _known(flags)
    return bool(known["targets_from"].value) or bool(_PATTERN.search(known["target"].value or ""))


def _known(flags: Mapping[str, Any]) -> dict[str, Chosen]:
    return traced(
        {
            Origin.FLAG: lambda setting: flags.get(setting.name),
            Origin.ENVIRONMENT: environment(),
        }
    )


def _refuse_settings_of_one(known: Mapping[str, Chosen], *, also_config: bool) -> None:
    for name in _OF_ONE:
        if known[name].value and (name != "config" or also_config):
            setting = BY_NAME[name]
            given = setting.variable if known[name].origin is Origin.ENVIRONMENT else setting.flag
            fix = (
                "pass one file"
                if name == "config"
                else f"set {name} in [targets.NAME]"
                if setting.place or name in {"reference", "start"}
                else "run one target with it"
            )
            raise UsageProblem(f"{given} is not for several targets: {fix}")


def _chosen(names: list[str], pattern: str | None, file: str) -> list[str]:
    """Return the names that match, in the order of the file."""
    if not names:
        raise UsageProblem(f"{file} has no targets: write [targets.NAME] for each of them")
    found = [name for name in names if pattern is None or fnmatchcase(name, pattern)]
    if not found:
        raise UsageProblem(f"no target of {file} matches {pattern!r}: it has {', '.join(names)}")
    for name in found:
        if not _NAME.fullmatch(name):
            raise UsageProblem(
                f"the target {name!r} of {file} cannot be the name of a folder:"
                " use letters, digits, '.', '_' and '-'"
            )
    return found


def _request(
    profile: str, flags: Mapping[str, Any], config: str | None, name: str, place: Path
) -> RunRequest:
    """Return the request of one target, with a report folder of its own."""
    given = {**flags, "config": config, "target": name, "targets_from": None}
    try:
        settings = settled({**given, "report_dir": str(place / name)})
        request = RunRequest.of(profile, settings, configured_waivers(config, name))
        request.values["build"] = build_of(request.values)
        if not (request.reference or request.start):
            target_from(profile, request.values)
    except UsageProblem as problem:
        raise UsageProblem(f"target {name}: {problem}") from None
    return request
