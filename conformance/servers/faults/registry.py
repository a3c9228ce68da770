"""Where the faults register themselves, one registry a profile."""

from __future__ import annotations

from conformance.servers.bending import Bends

FEEDHIVE = Bends("fault")
HAYON = Bends("fault")

#: Requirements that no fault of a reference server can break, with the reason.
UNBREAKABLE = {
    "FH-COMPLETE-13": "informative: no black-box case proves it",
    "FH-COMPLETE-15": "informative: no black-box case proves it",
    "FH-DELETE-15": "informative: no black-box case proves it",
    "HY-UPLOAD-02": "the first request is for image/png: its refusal breaks HY-UPLOAD-01",
    "HY-WORKFLOW-01": "informative: no black-box case proves it",
    "HY-WORKFLOW-02": "informative: no black-box case proves it",
}
