"""The settings that matter where others send the requests."""

from __future__ import annotations

#: They have the same meaning as for a run.
OF_TRAFFIC = (
    *("capability", "config", "target", "token", "other_token"),
    *("strict", "require_verified", "strict_waivers", "baseline", "report_dir", "verbose"),
    *("as_of", "build"),
)
