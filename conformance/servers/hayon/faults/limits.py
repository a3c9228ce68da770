"""Faults that look like a quota of the server: some are refused, and the next ones succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server

#: So many succeed before the first refusal, and then each seventh is refused.
_FIRST, _EACH = 20, 7
#: A server that gives no more than so many is of no use to its callers.
_FEW = 3


def _refusing(server: Server, refuses: Callable[[int], bool], message: str) -> None:
    """Refuse some of the requests for a supported type, by their number for each caller."""
    counts: dict[str, int] = {}

    @server.replaces("upload_url")
    def upload_url(original: Any, caller: str, declared: object, base_url: str) -> Any:
        if isinstance(declared, str) and declared in EXTENSIONS:
            counts[caller] = counts.get(caller, 0) + 1
            if refuses(counts[caller]):
                raise Refusal(403, message)
        return original(caller, declared, base_url)


@FAULT(
    "After twenty requests, every seventh is refused with a message about a quota.", "HY-UPLOAD-01"
)
def seventh_upload_is_over_the_quota(server: Server) -> None:
    message = "Your plan allows 100 uploads: upgrade it"
    _refusing(server, lambda number: number > _FIRST and number % _EACH == 0, message)


@FAULT("A caller can request three uploads in all.", "HY-UPLOAD-01")
def quota_of_three_uploads(server: Server) -> None:
    _refusing(server, lambda number: number > _FEW, f"The trial allows {_FEW} uploads")
