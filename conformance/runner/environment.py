"""Changes the environment variables of this process for a while."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@contextmanager
def changed_environment(
    variables: Mapping[str, str], without: Sequence[str] = ()
) -> Iterator[None]:
    """Set the variables, remove those of `without`, and restore everything at the end."""
    before = dict(os.environ)
    for name in without:
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
