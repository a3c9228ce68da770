"""The registries of Hayon's faults and variants, and its requirements without a fault."""

from __future__ import annotations

from conformance.servers.registry import Registry

FAULT = Registry("fault")
VARIANT = Registry("variant")

#: The promises in `put_faults` and `url_faults`, each with the requirement that makes it.
PUT_REQUIREMENTS = {
    "accepted without a key": "HY-PUT-01",
    "signature": "HY-PUT-02",
    "own object only": "HY-PUT-03",
    "PUT only": "HY-PUT-04",
    "expiry": "HY-PUT-05",
    "no checksum of an empty body": "HY-PUT-06",
    "bytes stored": "HY-PUT-07",
    "type stored": "HY-PUT-08",
    "announced life": "HY-PUT-09",
    "bytes come back": "HY-PUBLIC-01",
    "direct": "HY-WORKFLOW-01",
    "complete signature": "HY-UPLOAD-20",
}

#: The promises in `wire_faults`, each with the requirement that makes it.
WIRE_REQUIREMENTS = {
    "success": "HY-UPLOAD-01",
    "schema": "HY-UPLOAD-SCHEMA",
    "label": "HY-UPLOAD-SCHEMA-REF",
    "upload URL": "HY-UPLOAD-17",
    "signature date": "HY-UPLOAD-20",
}

#: The requirements that no fault can break, each with the reason.
UNBREAKABLE = {
    "HY-UPLOAD-02": "the first request is for image/png: its refusal breaks HY-UPLOAD-01",
    "HY-WORKFLOW-02": "informative: no black-box case proves it",
}
