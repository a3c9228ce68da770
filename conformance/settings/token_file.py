"""A file with the tokens of many callers, one on each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.model.redaction import remember
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

_FLAG = "--tokens-from"


def tokens_in(path: Path) -> tuple[str, ...]:
    """Return the tokens of a file in their order; empty lines, and lines after a #, are left out.

    No message holds a token.

    Raises:
        UsageProblem: The file cannot be read, has no token, or has one that cannot be used.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageProblem(f"{_FLAG} {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{_FLAG} {path} is not a text file in UTF-8") from None
    numbers: dict[str, int] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        if not line.isprintable() or not line.isascii() or " " in line:
            raise UsageProblem(f"{_FLAG} {path}: line {number} is not a Bearer token")
        if line in numbers:
            raise UsageProblem(
                f"{_FLAG} {path}: line {number} is the token of line {numbers[line]}:"
                " each line must belong to another caller"
            )
        numbers[line] = number
    if not numbers:
        raise UsageProblem(f"{_FLAG} {path} holds no token: write one on each line")
    remember(numbers)
    return tuple(numbers)


def shared_out(
    tokens: tuple[str, ...], token: str | None, other_token: str | None
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the tokens of the main, the other and the further callers.

    The callers that the settings name keep their tokens; the file fills the places that are free.

    Args:
        tokens: Those of the file, in their order.
        token: That of the main caller, if the settings name it.
        other_token: That of the other caller, if the settings name it.
    """
    left = [one for one in tokens if one not in {token, other_token}]
    first = token or (left.pop(0) if left else None)
    second = other_token or (left.pop(0) if left else None)
    return first, second, tuple(left)
