"""What the processes of a load do: the target with its callers, and where to write.

Orders hold tokens. So they go through a file that only this user can read, and that the first
reader removes: never through arguments, and never through locust.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.settings.table import SETTINGS
from conformance.settings.target import target_from, values_from

if TYPE_CHECKING:
    from conformance.target import Target

#: The variable that names the file of the orders; it is not a secret.
PLACE = "CONFORMANCE_LOAD_ORDERS"
_PRIVATE = 0o600


@dataclass(frozen=True)
class Orders:
    """What every process of a load does.

    Args:
        profile: The name of the profile.
        run_id: The id of the run.
        folder: The private folder for what a process says at its end.
        processes: How many processes there are.
        values: The settings of the target.
        more_tokens: The tokens of its further callers.
    """

    profile: str
    run_id: str
    folder: str
    processes: int
    values: dict[str, Any]
    more_tokens: tuple[str, ...] = ()

    @classmethod
    def of(cls, target: Target, run_id: str, folder: Path, processes: int) -> Orders:
        """Return the orders for a target."""
        defaults = {setting.name: setting.unset for setting in SETTINGS}
        values = defaults | values_from(target)
        return cls(target.profile, run_id, str(folder), processes, values, target.more_tokens)

    def write(self, path: Path) -> None:
        """Write a file that only this user can read; it must not exist."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, _PRIVATE), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)

    @classmethod
    def taken(cls, path: Path) -> Orders:
        """Read the file, and remove it."""
        data = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        return cls(**{**data, "more_tokens": tuple(data["more_tokens"])})

    @property
    def target(self) -> Target:
        """The target, with all callers."""
        return replace(target_from(self.profile, self.values), more_tokens=self.more_tokens)

    @property
    def end(self) -> Path:
        """The file whose presence ends the load before its time: the user wants it."""
        return Path(self.folder) / f"{self.run_id}.end"

    def told(self, process: str) -> Path:
        """Return the file in which a process says what it saw."""
        return Path(self.folder) / f"{self.run_id}-{process}.told"
