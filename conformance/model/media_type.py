"""The media types of pictures and films, by which a near miss of a type is found."""

from __future__ import annotations

import re

# The registered types that servers store or make of uploads, and the usual names beside them.
_PICTURES = (
    "apng avif bmp gif heic heic-sequence heif heif-sequence jp2 jpeg jpg jpm jpx jxl pjpeg png"
    " svg+xml tiff webp"
)
_FILMS = "3gpp 3gpp2 av1 avi h264 h265 mov mp2t mp4 mp4v-es mpeg ogg quicktime vp8 vp9 webm"
_STREAMS = "dash+xml mp4 octet-stream x-mpegurl vnd.apple.mpegurl"
_KNOWN = frozenset(
    f"{kind}/{name}"
    for kind, names in (("image", _PICTURES), ("video", _FILMS), ("application", _STREAMS))
    for name in names.split()
)
# Types that a vendor names, or that were never registered.
_OWN = re.compile(r"(?:image|video)/(?:x-|vnd\.|prs\.)[a-z0-9][a-z0-9.+-]{0,60}")


def is_media_type(text: str) -> bool:
    """Say whether a text is the type of a picture or a film; parameters and case are free."""
    name = text.partition(";")[0].strip().lower()
    return name in _KNOWN or bool(_OWN.fullmatch(name))
