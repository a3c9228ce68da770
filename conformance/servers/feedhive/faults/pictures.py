"""Faults of complete that only some pictures show, and files that cannot be decoded."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import UploadRow


def _crashes(
    name: str, sentence: str, requirement: str, is_odd: Callable[[Image.Image], bool] | None
) -> None:
    """Register a fault: complete crashes on some pictures; None is for those that are broken."""

    def apply(server: Server) -> None:
        def fails(row: UploadRow) -> bool:
            try:
                with Image.open(io.BytesIO(server.subject.store.read(row.key))) as image:
                    image.load()
                    return is_odd is not None and is_odd(image)
            except OSError:
                return is_odd is None

        @server.replaces("thumbnail")
        def thumbnail(original: Any, row: UploadRow) -> Any:
            if row.content_type.startswith("image/") and fails(row):
                raise Refusal(500, "Internal server error")
            return original(row)

    FAULT.add(name, sentence, apply, requirement)


_crashes(
    "transparency-crashes-complete",
    "Complete of a PNG with transparency crashes.",
    "FH-COMPLETE-01",
    lambda image: image.mode == "RGBA",
)
_crashes(
    "animations-crash-complete",
    "Complete of an animated GIF crashes.",
    "FH-COMPLETE-01",
    lambda image: getattr(image, "n_frames", 1) > 1,
)
_crashes(
    "orientations-crash-complete",
    "Complete of a JPEG with an orientation crashes.",
    "FH-COMPLETE-01",
    lambda image: bool(image.getexif()),
)
_crashes(
    "cut-pictures-crash-complete",
    "Complete of a picture that is cut short crashes.",
    "FH-COMPLETE-16",
    None,
)
