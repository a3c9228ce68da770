"""Judges what other tools found about the kit's dependencies: its SBOM, and the audit of it.

    python -m tests.supply_chain sbom dist/media-conformance.cdx.json
    python -m tests.supply_chain audit audit.json

It needs the standard library alone, since it runs in the environment of each tool.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

PROJECT: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]
_NAMED = 5


def main(what: str, file: Path) -> str:
    """Return what is right about a file; exit with 1 and what is wrong otherwise."""
    data = json.loads(file.read_text(encoding="utf-8"))
    judge = {"sbom": whole_bill, "audit": unharmed}[what]
    return judge(data)


def whole_bill(bill: dict[str, Any]) -> str:
    """Judge that a CycloneDX document lists the kit with each dependency, and their versions.

    Raises:
        SystemExit: It is of another kind, or something is missing.
    """
    wanted = [PROJECT["name"], *PROJECT["dependencies"]]
    wanted += PROJECT["optional-dependencies"]["reference"]
    listed = {_plain(one["name"]) for one in bill["components"] if one.get("version")}
    missing = {_plain(re.split(r"[^\w.-]", row)[0]) for row in wanted} - listed
    if bill["bomFormat"] != "CycloneDX" or missing:
        raise SystemExit(f"this is not the whole SBOM: it lacks {', '.join(sorted(missing))}")
    return f"SBOM: {len(listed)} packages"


def unharmed(report: dict[str, Any]) -> str:
    """Judge that pip-audit looked up every package, and knows no vulnerability.

    Raises:
        SystemExit: A package could not be looked up, or has a known vulnerability.
    """
    # The kit itself is not published from this folder; pip-audit passes what it did not find.
    rows = [row for row in report["dependencies"] if _plain(row["name"]) != PROJECT["name"]]
    unknown = [row["name"] for row in rows if "skip_reason" in row]
    if unknown or not rows:
        raise SystemExit(
            f"{len(unknown)} of {len(rows)} packages could not be looked up"
            f" ({', '.join(unknown[:_NAMED])}, ...): is the database within reach?"
        )
    found = [f"{row['name']} {row['version']}: {one['id']}" for row in rows for one in row["vulns"]]
    if found:
        raise SystemExit("known vulnerabilities: " + "; ".join(found))
    return f"vulnerabilities: {len(rows)} packages were looked up, and none has one"


def _plain(name: str) -> str:
    """Return a package's name as all its spellings have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    print(main(sys.argv[1], Path(sys.argv[2])))  # noqa: T201 - it is a command
