"""The seconds within which a library must show a change (our readings: no page names a delay)."""

from __future__ import annotations

#: A new media must be listed, and a deleted one gone from the list, within so many seconds.
SETTLED_S = 10.0
#: A fetch must show a new media, and must not show a deleted one, after so many seconds.
SHOWN_S = 6.0
#: A total must count a new media, or a deleted one no more, after so many seconds.
COUNTED_S = 40.0
