"""Journals each file before it is stored, so that a killed run leaves none that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.bucket_access import certain_key
from conformance.harness.journal import BYTES, Entry, place_text
from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.ledger import Ledger
    from conformance.model.exchange import Exchange, Request
    from conformance.target import Target


class JournalledBytes:
    """A watcher of requests: it adds the files that they store to the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        target: Target,
        is_own: Callable[[str], bool],
        journal_object: Callable[[str], None],
    ) -> None:
        """Watch for a ledger.

        Args:
            ledger: Gets the files.
            target: Its bucket may hold them.
            is_own: Whether a URL is on the origin of the target itself.
            journal_object: Journals the object of a key of the bucket.
        """
        self._ledger, self._target = ledger, target
        self._is_own, self._journal_object = is_own, journal_object

    def began(self, request: Request) -> Callable[[Exchange], None]:
        """Journal the file that a request stores, with its object if known; return what ends it.

        A refused PUT stored nothing, and after a DELETE nothing is there.
        """
        stores = request.method == "PUT" and request.caller is None
        if not stores and request.method != "DELETE":
            return _nothing
        place = place_text(request.url)
        entry = Entry(BYTES, place, digest=request.digest)
        before = stores and self._ledger.made(BYTES, place)
        if stores:
            self._ledger.add(entry)
            key = certain_key(SignedUrl(request.url), self._target)
            if key and not self._is_own(request.url):
                self._journal_object(key)

        def end(exchange: Exchange) -> None:
            if (not before and exchange.refuses) if stores else exchange.succeeded:
                self._ledger.removed(entry)

        return end


def _nothing(_: Exchange) -> None:
    """Do nothing at the end of a request that changes no file."""
