"""The stored files of a sequence, and how their public URLs are watched.

A file may become public late, and a CDN may remember a miss. So a new file is looked for once
and then waited for together with all others; a file that was seen must stay as it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.harness import sample_files
from conformance.harness.bounds import sleep
from conformance.harness.lag import PUBLIC_BOUND_S
from conformance.profiles.hayon.public import gives_the_bytes, is_the_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Upload

# Seconds after the first look at which files that are not public yet are looked for again.
_LOOKS_S = (1.0, 2.0, 4.0, 8.0, 11.0, 15.0, 22.0, 30.0, 45.0, PUBLIC_BOUND_S)
# Seconds between the looks for a file that was there before: an edge of the CDN may lag.
_PAUSES_AGAIN_S = (1.0, 2.0, 4.0, 8.0)


@dataclass(eq=False)
class File:
    """A stored upload: who stored it, and when and how its public URL first gave the file.

    The moment is in seconds of the site's clock, which is `time.monotonic`.
    """

    upload: Upload
    caller: str
    seen_at: float | None = None
    shown: Exchange | None = None


@dataclass
class PublicSite:
    """Reads public URLs, for all sequences of a case: after one wait in vain it waits no more."""

    read: Callable[[str], Exchange]
    wait: Callable[[float], object] = sleep
    clock: Callable[[], float] = time.monotonic
    in_vain: bool = False

    def look(self, file: File) -> Exchange:
        """Look for a file once; raises `Violation` when it is the file of another upload.

        Until a file is there, a placeholder or an error may be.
        """
        exchange = self.read(file.upload.public_url)
        if is_the_file(exchange, file.upload):
            file.seen_at, file.shown = file.seen_at or self.clock(), file.shown or exchange
        elif is_of_another(exchange, file.upload):
            gives_the_bytes(exchange, file.upload)
        return exchange

    def wait_for(self, files: Iterable[File]) -> None:
        """Wait for all files together; raises `Violation` for one that never comes."""
        missing = {file: self.look(file) for file in files if file.seen_at is None}
        missing = {file: exchange for file, exchange in missing.items() if file.seen_at is None}
        began = self.clock()
        for moment in () if self.in_vain else _LOOKS_S:
            if not missing:
                return
            self.wait(max(began + moment - self.clock(), 0.0))
            looks = {file: self.look(file) for file in missing}
            missing = {file: exchange for file, exchange in looks.items() if file.seen_at is None}
        for file, exchange in missing.items():
            self.in_vain = True
            gives_the_bytes(exchange, file.upload)

    def again(self, file: File) -> Exchange:
        """Read a file that was there; where it is away, wait a little for an edge of the CDN."""
        exchange = self.read(file.upload.public_url)
        for pause in () if self.in_vain else _PAUSES_AGAIN_S:
            if is_the_file(exchange, file.upload):
                break
            self.wait(pause)
            exchange = self.read(file.upload.public_url)
        self.in_vain |= not is_the_file(exchange, file.upload)
        return exchange


def is_of_another(exchange: Exchange, upload: Upload) -> bool:
    """Whether an answer is a file that the kit uploaded elsewhere."""
    body = exchange.response.body if exchange.succeeded and exchange.response else b""
    return sample_files.mark_of(body) not in {None, sample_files.mark_of(upload.body)}
