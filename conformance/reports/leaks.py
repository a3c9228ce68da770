"""The last look at what was written: no file of a run may show a secret.

Everything is redacted before it is written. So a secret here is a fault of the kit: the file is
cleaned, and the run ends with the exit code of such a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.model.redaction import Redactor


def cleaned(files: Mapping[Path, str], redactor: Redactor) -> list[Path]:
    """Remove secrets from files that were written, and return the files that showed one.

    Args:
        files: Each file, with a text without secrets: what that holds too is not a secret.
        redactor: Knows the secrets of the run.
    """
    return [path for path, ordinary in files.items() if _clean(path, ordinary, redactor)]


def _clean(path: Path, ordinary: str, redactor: Redactor) -> bool:
    """Remove the secrets of a file; a file that stays unclean is emptied."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    if not redactor.leaks(text, ordinary):
        return False
    better = redactor.text(text)
    if redactor.leaks(better, ordinary):
        better = ""
    path.write_text(better, encoding="utf-8", errors="surrogateescape")
    return True


def problem(found: list[Path]) -> KitFault:
    """Return the problem that ends a run whose files showed a secret."""
    names = ", ".join(str(path) for path in found)
    return KitFault(f"a secret was in {names}, and was removed there: please report this")
