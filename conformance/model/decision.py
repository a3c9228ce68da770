"""What a run decides for a pipeline: its exit code, why, and which failures count for it.

The verdict is about the server. The decision is about the pipeline: a failure that is waived, or
that the baseline already had, changes no verdict and does not count. It is computed here once,
and every report only shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.model.run import INTERRUPTED, Verdict
from conformance.problem import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.model.run import Run


@dataclass(frozen=True)
class Baseline:
    """The earlier report that a run is compared with.

    `path` is where it was, `started` when its run began (ISO 8601), `build` what it judged.
    `outcomes` holds the outcome of each of its requirements.
    """

    path: str
    started: str
    build: str
    outcomes: Mapping[str, str]

    @property
    def broken(self) -> frozenset[str]:
        """The ids of the requirements that failed or warned."""
        return frozenset(
            name for name, outcome in self.outcomes.items() if outcome in {"failed", "warned"}
        )


@dataclass(frozen=True)
class Decision:
    """The exit code of a run, and the ids of the failed requirements by what they mean for it.

    `new` failures count. `waived` and `known` ones (known to the baseline) do not. `fixed` are the
    requirements that the baseline saw broken and that passed now. `why` is in words what decided;
    it is empty where the verdict says it all.
    """

    exit_code: int
    why: str
    new: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    baseline: Baseline | None = None

    @classmethod
    def of(
        cls,
        run: Run,
        *,
        require_verified: bool = False,
        strict_waivers: bool = False,
        baseline: Baseline | None = None,
    ) -> Decision:
        """Decide about a run whose waivers are applied.

        Args:
            run: The run.
            require_verified: Whether a MUST that is not verified counts.
            strict_waivers: Whether a waiver that needs a change counts.
            baseline: The earlier report, if there is one.
        """
        code = run.exit_code(
            require_verified=require_verified,
            strict_waivers=strict_waivers,
            known=baseline.broken if baseline else None,
        )
        code = ExitCode.INTERRUPTED if run.incomplete == INTERRUPTED else code
        known = baseline.broken if baseline else frozenset()
        waived = _ids(row for row in run.failed if row.waiver)
        known_now = _ids(row for row in run.failed if row.requirement.id in known)
        spared = {*waived, *known_now}
        new = _ids(row for row in run.failed if row.requirement.id not in spared)
        passed = _ids(row for row in run.requirements if row.outcome == "passed")
        return cls(
            int(code),
            _why(run, code, len(new), len(waived), len(spared) - len(waived)),
            new,
            waived,
            tuple(name for name in known_now if name not in waived),
            tuple(name for name in passed if name in known),
            baseline,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form for `report.json`."""
        before = self.baseline
        return {
            "exit_code": self.exit_code,
            "why": self.why,
            "new": list(self.new),
            "waived": list(self.waived),
            "known": list(self.known),
            "fixed": list(self.fixed),
            "baseline": before
            and {"path": before.path, "started": before.started, "build": before.build},
        }


def _ids(rows: Iterable[Any]) -> tuple[str, ...]:
    return tuple(row.requirement.id for row in rows)


def _why(run: Run, code: ExitCode, new: int, waived: int, known: int) -> str:
    """Return in words what decided, from the failures and then from the rest of the run."""
    parts = [_failures(new, waived, known)] if new + waived + known else []
    if code is ExitCode.INTERRUPTED:
        parts.append("interrupted")
    elif code is ExitCode.KIT_FAULT:
        parts.append("the kit itself failed")
    elif code is ExitCode.UNTESTABLE and run.verdict is not Verdict.UNTESTABLE:
        parts.append("the run ended early")
    elif code is ExitCode.FAILED and not new:
        parts.append("a waiver needs a change (--strict-waivers)")
    elif code is ExitCode.UNVERIFIED:
        parts.append("a MUST is not verified (--require-verified)")
    return ", ".join(parts)


def _failures(new: int, waived: int, known: int) -> str:
    """Return how many requirements failed, and how many of them do not count.

    `known` are those that no waiver covers.
    """
    total = new + waived + known
    failures = "1 failure" if total == 1 else f"{total} failures"
    every = "the only failure" if total == 1 else f"all {total} failures"
    match new, waived, known:
        case 0, _, 0:
            return f"{every} waived"
        case 0, 0, _:
            return f"{every} known to the baseline"
        case 0, _, _:
            return f"{every} waived ({waived}) or known to the baseline ({known})"
        case _, 0, 0:
            return failures
    spared = [(waived, "waived"), (known, "known to the baseline")]
    rest = ", ".join(f"{count} {word}" for count, word in ((new, "new"), *spared) if count)
    return f"{failures} ({rest})"
