"""Tokens that a run fetches again when they expire: by the command of the settings file.

The command reaches pytest and its workers by a variable, as the settings do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.settings import credential

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES = {
    f"{name}_command": f"CONFORMANCE_{name.upper()}_COMMAND" for name in credential.TOKENS
}


def exported(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that pass the commands on."""
    return {variable: values[key] for key, variable in _VARIABLES.items() if values.get(key)}


def renewed(name: str) -> str | None:
    """Return the token that the command of a setting prints now; None without such a token."""
    key = f"{name}_command"
    command = os.environ.get(_VARIABLES[key])
    if not command:
        return None
    try:
        return credential.fetch(key, command)
    except UsageProblem:
        return None  # the case then says that the token has expired
