"""A report: the document of `report.json`, in the form that every format reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from conformance.model.exchange import SHOWN_BODY_CHARACTERS
from conformance.model.profile import specs_folder
from conformance.model.requirement import capability_flag
from conformance.problem import UsageProblem
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import Draft202012Validator

Row = dict[str, Any]

SCHEMA_VERSION = "1.0"
#: The file of the document in a report folder.
FILE = "report.json"
#: The folder of the reproducers, inside the report folder.
REPRODUCERS = "reproducers"

#: The outcomes in the order in which reports show them.
OUTCOMES = ("failed", "warned", "not-verified", "passed", "not-applicable", "informative")
_REFUSED_CHARACTERS = 160


@dataclass(frozen=True)
class Report:
    """A report: `data` is the document, as `specs/report.schema.json` describes it.

    `path` is the file that it was read from or written to, or None.
    """

    data: Row
    path: Path | None = None

    @classmethod
    def read(cls, place: Path) -> Self:
        """Read a `report.json` and check it by the schema.

        Args:
            place: The file, or the report folder that holds it.

        Raises:
            UsageProblem: The file cannot be read, or it is not a report.
        """
        path = place / FILE if place.is_dir() else place
        data = _parsed(path)
        _check_version(data, path)
        from jsonschema.exceptions import best_match  # noqa: PLC0415 - to write one needs it not

        error = best_match(_validator().iter_errors(data))
        if error is not None:
            why = error.message[:_REFUSED_CHARACTERS]
            raise UsageProblem(f"{path} does not fit the report schema at {error.json_path}: {why}")
        return cls(data, path)

    def __getitem__(self, name: str) -> Any:
        """Return a member of the document."""
        return self.data[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an optional member of the document."""
        return self.data.get(name, default)

    @property
    def requirements(self) -> list[Row]:
        """The requirements in the order of the catalogue."""
        rows: list[Row] = self.data["requirements"]
        return rows

    @property
    def verdict(self) -> str:
        """The verdict: `conformant`, `partial`, `nonconformant` or `untestable`."""
        return str(self.data["verdict"])

    @property
    def reason(self) -> str:
        """Why the target is untestable, or why the run is incomplete; usually empty."""
        return str(self.data["reason"])

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements have each outcome."""
        return dict(self.data["counts"])

    @property
    def profile(self) -> str:
        """The profile that was run."""
        return str(self.data["profile"])

    @property
    def rerun(self) -> Rerun:
        """The settings that start the same run again.

        Raises:
            UsageProblem: The report does not have them.
        """
        if self.data.get("traffic"):
            raise UsageProblem(
                f"{self.path} is of the traffic of others, which the kit cannot send again:"
                f" {self['replay']}"
            )
        data = self.data.get("rerun")
        if not isinstance(data, dict):
            raise UsageProblem(f"{self.path} does not say how its run was started: run it again")
        return Rerun.from_dict(self.profile, data)

    @property
    def rows(self) -> dict[str, Row]:
        """The requirements by their ids, in the order of the catalogue."""
        return {row["id"]: row for row in self.requirements}

    @property
    def broken(self) -> frozenset[str]:
        """The ids of the requirements that failed or warned."""
        return frozenset(name for name, row in self.rows.items() if is_broken(row))

    @property
    def operations(self) -> dict[str, list[Row]]:
        """The requirements of each operation, in the order of the catalogue."""
        grouped: dict[str, list[Row]] = {}
        for row in self.requirements:
            grouped.setdefault(row["operation"], []).append(row)
        return grouped

    def having(self, outcome: str) -> list[Row]:
        """Return the requirements with an outcome."""
        return [row for row in self.requirements if row["outcome"] == outcome]

    @property
    def capabilities(self) -> list[str]:
        """The capabilities of the target: what it allows beyond plain requests of one caller."""
        return list(self.data["target"].get("capabilities", ()))

    @property
    def absent(self) -> dict[str, str]:
        """The capabilities that requirements need and the target lacks, each with its flag."""
        needed = dict.fromkeys(need for row in self.requirements for need in row["needs"])
        return {
            name: capability_flag(name) for name in needed if name not in set(self.capabilities)
        }


def is_broken(row: Row) -> bool:
    """Return whether a requirement failed or warned."""
    return row["outcome"] in {"failed", "warned"}


def render(report: Report) -> str:
    """Return the document as indented JSON; all other formats are rendered from it."""
    return json.dumps(report.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - as above

    schema = (specs_folder() / "report.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(schema))


def is_cut(body: Row) -> bool:
    """Return whether the text of a recorded body is only its beginning."""
    shown = len(body["text"])
    return shown >= SHOWN_BODY_CHARACTERS and body["bytes"] > shown


def _parsed(path: Path) -> Row:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageProblem(f"{path} is not valid JSON, or is cut off: {error}") from None
    if not isinstance(data, dict) or "schema_version" not in data:
        raise UsageProblem(f"{path} is not a report of this kit: it has no schema_version")
    return data


def _check_version(data: Row, path: Path) -> None:
    """Accept every minor version: within a major version, members are only added."""
    version = str(data["schema_version"])[:20]
    found = re.fullmatch(r"(\d+)\.\d+", version, re.ASCII)
    known = int(SCHEMA_VERSION.split(".", maxsplit=1)[0])
    if found and int(found[1]) == known:
        return
    newer = found and int(found[1]) > known
    fix = "upgrade media-conformance to read it" if newer else f"this kit reads {SCHEMA_VERSION}"
    raise UsageProblem(f"{path} has the report schema {version!r}: {fix}")
