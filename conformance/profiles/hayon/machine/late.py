"""The last look: files that were read back must still be there late in the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.profiles.hayon.machine.uploads import NEEDS, PERMANENT, READ_BACK
from conformance.profiles.hayon.public import gives_the_bytes

if TYPE_CHECKING:
    from conformance.profiles.hayon.machine.files import File
    from conformance.profiles.hayon.machine.lifecycle import Lifecycle

#: Seconds after which a file that was seen is looked at again, from the standard effort on.
LATE_S = 12.0


def look_late(machine: Lifecycle, kept: list[File], after_s: float = LATE_S) -> None:
    """Read files long after they were seen; a finding is raised, and kept in the log.

    Args:
        machine: A new sequence.
        kept: Files that earlier sequences of this process saw; too few are made up for.
        after_s: So many seconds after they were seen, at least.
    """
    files = kept[: NEEDS[READ_BACK]]
    machine.log.done[READ_BACK] += len(files)
    for _ in range(NEEDS[READ_BACK] - len(files)):
        machine.add("image/png", machine.caller(len(machine.files)))
    with machine.step("wait for the files that are not public yet"):
        with machine.under("HY-PUBLIC-01"), machine.reading():
            machine.site.wait_for(machine.files)
        for file in machine.seen:
            machine.judge_first_sight(file)
    files = [*files, *machine.seen]
    with machine.step(f"read them {after_s:.0f} seconds later"):
        due = max((file.seen_at or 0.0 for file in files), default=0.0) + after_s
        machine.site.wait(max(due - machine.site.clock(), 0.0))
        for file in files:
            with machine.under(PERMANENT), machine.reading():
                gives_the_bytes(machine.site.again(file), file.upload)
