"""The registries of FeedHive's faults and variants, and its requirements without a fault."""

from __future__ import annotations

from conformance.servers.registry import Registry

FAULT = Registry("fault")
VARIANT = Registry("variant")

#: The promises in `put_faults` and `url_faults`, each with the requirement that makes it.
PUT_REQUIREMENTS = {
    "accepted without a key": "FH-PUT-01",
    "bytes stored": "FH-PUT-02",
    "type stored": "FH-PUT-03",
    "bytes come back": "FH-PUT-04",
    "signature": "FH-PUT-05",
    "own object only": "FH-PUT-06",
    "PUT only": "FH-PUT-07",
    "announced life": "FH-PUT-08",
    "expiry": "FH-PUT-09",
    "no checksum of an empty body": "FH-PUT-10",
    "direct": "FH-PUT-11",
    "complete signature": "FH-CREATE-16",
}

#: The promises in `wire_faults`, each with the requirement that makes it.
WIRE_REQUIREMENTS = {
    "success": "FH-CREATE-01",
    "schema": "FH-CREATE-SCHEMA",
    "label": "FH-CREATE-SCHEMA-REF",
    "upload URL": "FH-CREATE-14",
    "signature date": "FH-CREATE-15",
}

#: The requirements that no fault can break, each with the reason.
UNBREAKABLE = {
    "FH-COMPLETE-13": "informative: no black-box case proves it",
}
