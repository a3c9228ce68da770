"""A reproducer as a pytest file: it runs the cases that failed, for one requirement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALONE = "passes when the requirement holds; fails when it is broken or cannot be judged"
_AMONG_OTHERS = "fails when the requirement is broken or cannot be judged; else it is skipped"

_FILE = """\
{comments}
#
# Needs this kit (pip install media-conformance) and CONFORMANCE_TOKEN:
#
#     pytest {name}
#
# It {promise}.
# ruff: noqa: F403
# mypy: ignore-errors

import os

from conformance.profiles.{profile}.scenarios.conftest import *
from conformance.profiles.{profile}.scenarios.{module} import *

pytest_plugins = ["conformance.suite.reproducer"]

conformance_requirement = {requirement}
conformance_alone = {alone}
conformance_cases = [
{cases}
]

# The settings of the run that failed; a variable that is already set wins.
for name, value in {{
{settings}
}}.items():
    os.environ.setdefault(name, value)
"""


def case_file(
    name: str,
    requirement: str,
    cases: Sequence[str],
    header: Sequence[str],
    settings: Mapping[str, str],
    *,
    alone: bool,
) -> str:
    """Return the text of the file.

    Args:
        name: The name of the file.
        requirement: The id of the requirement.
        cases: The ids of the cases, all of one module.
        header: The lines of the comment at the top.
        settings: Environment variables and their values.
        alone: Whether a pass proves the requirement although no other case was run.
    """
    path = cases[0].partition("::")[0]
    profile, _, module = path.removesuffix(".py").partition("/scenarios/")
    return _FILE.format(
        comments="\n".join(f"# {line}".rstrip() for line in header),
        name=name,
        profile=profile,
        module=module.replace("/", "."),
        requirement=_text(requirement),
        alone=alone,
        promise=_ALONE if alone else _AMONG_OTHERS,
        cases="\n".join(f"    {_text(case.partition('::')[2])}," for case in cases),
        settings="\n".join(f"    {_text(key)}: {_text(value)}," for key, value in settings.items()),
    )


def _text(text: str) -> str:
    """Return a text as a Python literal in double quotes; JSON has the same escapes."""
    return json.dumps(text, ensure_ascii=False)
