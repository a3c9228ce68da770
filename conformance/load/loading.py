"""What the user asked of a load."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from conformance.target import Limits, Target

#: What the bounds of a run are for a load, where the user sets none: many users send much.
_CLEAN_UP_S = 600.0
_REQUESTS = 100_000_000
_KEPT_BYTES = 1024 * 1024 * 1024
# The load ends itself; this only ends one that does not.
_SPARE_S = 600.0


@dataclass(frozen=True)
class Loading:
    """How many users go round for how many seconds, in how many processes.

    `tokens_from` is the file of their tokens, `web` the port of locust's page on loopback.
    """

    users: int
    seconds: int
    processes: int = 1
    tokens_from: Path | None = None
    web: int | None = None

    def __post_init__(self) -> None:
        """Check that each process has a user."""
        if self.processes > self.users:
            raise UsageProblem(
                f"--processes {self.processes} is more than --users {self.users}:"
                " each process needs a user"
            )

    def command(self, profile: str, base_url: str) -> str:
        """Return the command that loads again.

        Args:
            profile: The name of the profile.
            base_url: Where the server is.
        """
        words = ["conformance", "load", profile, "--base-url", base_url]
        words += ["--users", str(self.users), "--time", str(self.seconds)]
        words += ["--processes", str(self.processes)] if self.processes > 1 else []
        words += ["--tokens-from", str(self.tokens_from)] if self.tokens_from else []
        return shlex.join(words)

    def bounded(self, target: Target, chosen: Collection[str]) -> Target:
        """Return the target with the bounds of a load.

        Args:
            target: The target with the bounds of a run.
            chosen: The settings that the user set: these stay.
        """
        usual = {
            "clean_up": ("cleanup_timeout", _CLEAN_UP_S),
            "requests": ("max_requests", _REQUESTS),
            "kept_bytes": ("max_kept_bytes", _KEPT_BYTES),
            "run": ("max_time", self.seconds + _CLEAN_UP_S + _SPARE_S),
        }
        free: dict[str, Any] = {
            limit: most for limit, (name, most) in usual.items() if name not in chosen
        }
        limits: Limits = replace(target.limits, **free, concurrency=self.users)
        return replace(target, limits=limits)
