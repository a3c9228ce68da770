"""The media that this process completed, each with the case that did it.

Cases run beside each other. So a case that judges that nothing new appeared leaves out what
others completed: their requests may still be under way when it reads the list.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.harness.transcript import Course, Transcript

_LOOK_S = 0.02
_LOST = "the answer to a complete of another case was lost, so a new item may be its own"


class Completions:
    """Knows which media of an api came from a complete of this process.

    Args:
        transcript: It knows which case runs in a context.
        bound_s: How long a request may be under way.
    """

    def __init__(self, transcript: Transcript, bound_s: float) -> None:
        self._transcript = transcript
        self._bound_s = bound_s
        self._made_by: dict[str, Course] = {}
        self._under_way: set[object] = set()
        self._lost: dict[int, Course] = {}
        self._came_again = False
        self._pauses = 0
        self._may_begin = threading.Condition()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Send a complete inside: until its end, nobody knows whose a new item is."""
        request = object()
        with self._may_begin:
            self._may_begin.wait_for(lambda: not self._pauses, self._bound_s)
            self._under_way.add(request)
        try:
            yield
        finally:
            self._under_way.discard(request)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no complete begin inside; those that are under way have ended.

        A server that counts may give the id of a deleted item to the next one. Whoever sends a
        request that names such an id inside meets no new item of another case.
        """
        with self._may_begin:
            self._pauses += 1
        try:
            self.wait()
            yield
        finally:
            with self._may_begin:
                self._pauses -= 1
                self._may_begin.notify_all()

    def made(self, media_id: object) -> None:
        """Note a media that a complete of the running case made."""
        if isinstance(media_id, str):
            self._came_again |= media_id in self._made_by
            self._made_by[media_id] = self._transcript.course

    def lost(self) -> None:
        """Note that a complete of the running case may have made a media of an unknown id."""
        self._lost[id(self._transcript.course)] = self._transcript.course

    def not_of_others(self, ids: Iterable[str]) -> set[str]:
        """Return the listed ids without those that other cases completed.

        Raises `Blocked` where one is left that a lost complete of another case may have made.
        """
        ids = set(ids)
        if not ids <= set(self._made_by):
            self.wait()
        course = self._transcript.course
        left = {one for one in ids if self._made_by.get(one, course) is course}
        unknown = {one for one in left if one not in self._made_by}
        if unknown and any(one is not course for one in self._lost.values()):
            raise Blocked(limit=_LOST)
        return left

    def of_outsiders(self, ids: Iterable[str]) -> set[str]:
        """Return the listed ids that no complete of this process made."""
        self.wait()
        return {one for one in ids if one not in self._made_by}

    def came_again(self) -> bool:
        """Whether an id came twice, as on a server that gives the ids of deleted media again.

        What a case deleted may then be there again, since another case made it.
        """
        self.wait()
        return self._came_again

    def wait(self) -> None:
        """Wait until the completes that are under way now have ended."""
        open_now = set(self._under_way)
        deadline = time.monotonic() + self._bound_s
        while open_now & self._under_way and time.monotonic() < deadline:
            sleep(_LOOK_S)
