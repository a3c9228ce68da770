"""What the checks of `conformance doctor` need from a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.model.signed_url import SignedUrl


class Sample(Protocol):
    """An upload of a profile, as far as the checks read it."""

    url: str
    content_type: str
    exchange: Exchange

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""


class Checkup(Protocol):
    """The profile's part: the requests that the checks send, and for which caller."""

    def knock(self, caller: str) -> Exchange:
        """Send a request that creates nothing and needs a valid key."""

    def upload(self) -> Any:
        """Create the one upload (a `Sample`)."""

    def lifetime_s(self, upload: Any) -> float | None:
        """Return the announced lifetime of the upload in seconds, if there is one."""

    def finished(self, upload: Any) -> str:
        """Complete the upload, and describe the result."""

    def asked_by_other(self) -> Exchange | None:
        """Request the result as the other caller; None if the API offers no way to do it."""


def checkup_of(harness: Harness, api: Any) -> Checkup:
    """Build the checkup of the harness's profile for an instance of its API."""
    made: Checkup = harness.profile.module("checkup").Checkup(harness, api)
    return made
