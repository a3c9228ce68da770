"""Variants with quotas: after a number of uploads the server refuses with a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

UPLOADS = 60
TRIAL_UPLOADS = 25


def _limited(server: Server, uploads: int, status: int, message: str) -> None:
    counts: dict[str, int] = {}

    @server.replaces("upload_url")
    def upload_url(original: Any, caller: str, declared: object, base_url: str) -> Any:
        if (
            isinstance(declared, str)
            and declared in EXTENSIONS
            and counts.get(caller, 0) >= uploads
        ):
            raise Refusal(status, message)
        data = original(caller, declared, base_url)
        counts[caller] = counts.get(caller, 0) + 1
        return data


@VARIANT("A caller can request 60 uploads in all; then the server answers 429.")
def quota_of_uploads(server: Server) -> None:
    _limited(server, UPLOADS, 429, f"You have reached the limit of {UPLOADS} uploads a day")


@VARIANT("A caller can request 25 uploads in all; then the server answers 403.")
def quota_of_trial_uploads(server: Server) -> None:
    _limited(server, TRIAL_UPLOADS, 403, f"The trial allows {TRIAL_UPLOADS} uploads")
