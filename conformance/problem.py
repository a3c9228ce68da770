"""Errors of the kit or of its user, never of the server under test.

    Problem
    ├── UsageProblem     exit 2: a flag, a file or a selection is wrong
    ├── TargetProblem    exit 3: the target could not be tested at all
    └── KitFault         exit 4: the kit contradicts itself

The other tree, for servers that break a requirement, is `conformance.judge.finding`.
"""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "INSTALL_REFERENCE",
    "PRECEDENCE",
    "ExitCode",
    "KitFault",
    "Problem",
    "TargetProblem",
    "UsageProblem",
    "did_you_mean",
    "exit_code_of",
    "reference_missing",
]

#: The command that installs the reference servers.
INSTALL_REFERENCE = 'pip install "media-conformance[reference]"'

_SUGGESTIONS = 3


class ExitCode(IntEnum):
    """The exit codes of every command."""

    #: Conformant, partial, or every failure is waived or known to the baseline.
    OK = 0
    #: The server is nonconformant; `diff`, `replay` and `selftest` found what they look for.
    FAILED = 1
    USAGE = 2
    #: The target could not be tested, or a bound ended the run and no MUST had failed.
    UNTESTABLE = 3
    KIT_FAULT = 4
    #: Partial, under `--require-verified`.
    UNVERIFIED = 5
    INTERRUPTED = 130


#: Of several exit codes, the first here is that of the whole.
PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.KIT_FAULT,
    ExitCode.USAGE,
    ExitCode.UNTESTABLE,
    ExitCode.FAILED,
    ExitCode.UNVERIFIED,
    ExitCode.OK,
)


def exit_code_of(codes: Iterable[int]) -> ExitCode:
    """Return the one exit code of several runs."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), ExitCode.KIT_FAULT)


class Problem(Exception):
    """A problem of the kit or its user; its text is one line that also names the fix."""

    exit_code: ClassVar[ExitCode] = ExitCode.KIT_FAULT


class UsageProblem(Problem):
    """The usage, the configuration or the selection is wrong."""

    exit_code = ExitCode.USAGE


class TargetProblem(Problem):
    """The target could not be tested: it is unreachable or refuses the credentials."""

    exit_code = ExitCode.UNTESTABLE


class KitFault(Problem):
    """The kit contradicts itself; nothing can be concluded about the server."""

    exit_code = ExitCode.KIT_FAULT


def reference_missing(package: str) -> UsageProblem:
    """Return the problem that a package of the reference servers is not installed.

    Args:
        package: The package that could not be imported.
    """
    return UsageProblem(f"the reference servers need {package}: {INSTALL_REFERENCE}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?` for the known words that are similar to an unknown one.

    Args:
        word: The unknown word. Known words that begin with it win over similar ones.
        known: The words to choose from.

    Returns:
        The hint, or an empty string if no known word is similar.
    """
    by_lower = {name.lower(): name for name in known}
    wanted = word.lower()
    begun = [name for name in by_lower if wanted and name.startswith(wanted)]
    close = begun or difflib.get_close_matches(wanted, by_lower, n=1)
    if not close:
        return ""
    more = f" ({len(close)} begin like that)" if len(close) > _SUGGESTIONS else ""
    return f"; did you mean {' or '.join(by_lower[name] for name in close[:_SUGGESTIONS])}?{more}"
