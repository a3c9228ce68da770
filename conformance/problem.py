"""What went wrong on our side or the user's, never on the server's.

    Problem
    ├── UsageProblem     exit 2: a flag, a file or a selection is wrong
    ├── TargetProblem    exit 3: the target could not be tested at all
    └── KitFault         exit 4: the kit contradicts itself

The other tree, for servers that break a promise, is `conformance.judge.finding`.
"""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUGGESTIONS = 3


class ExitCode(IntEnum):
    """What the exit code of a command says; every command uses these numbers and no other."""

    #: Conformant, partial, or every failure is waived or known to the baseline.
    OK = 0
    #: The server is nonconformant; of `diff`, `replay` and `selftest`: what they looked for.
    FAILED = 1
    USAGE = 2
    UNTESTABLE = 3
    KIT_FAULT = 4
    #: Partial, under `--require-verified`.
    UNVERIFIED = 5
    INTERRUPTED = 130


class Problem(Exception):
    """A problem of the kit or its user; its text is one line that also says the fix."""

    exit_code: ClassVar[ExitCode] = ExitCode.KIT_FAULT


class UsageProblem(Problem):
    """Usage, configuration or selection is wrong."""

    exit_code = ExitCode.USAGE


class TargetProblem(Problem):
    """The target could not be tested: unreachable, or it refuses the credentials."""

    exit_code = ExitCode.UNTESTABLE


class KitFault(Problem):
    """The kit contradicts itself; nothing can be concluded about the server."""

    exit_code = ExitCode.KIT_FAULT


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?` for the known words that an unknown one begins, or is nearest to.

    Nothing where no word is near.
    """
    by_lower = {name.lower(): name for name in known}
    wanted = word.lower()
    begun = [name for name in by_lower if wanted and name.startswith(wanted)]
    close = begun or difflib.get_close_matches(wanted, by_lower, n=1)
    if not close:
        return ""
    more = f" ({len(close)} begin so)" if len(close) > _SUGGESTIONS else ""
    return f"; did you mean {' or '.join(by_lower[name] for name in close[:_SUGGESTIONS])}?{more}"
