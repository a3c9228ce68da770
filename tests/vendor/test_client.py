"""The reference server serves the vendor's own scripts over the whole lifecycle."""

from __future__ import annotations

from conformance.servers import service
from tests.vendor.scripts import Scripts, put


def test_the_scripts_get_through_the_whole_lifecycle() -> None:
    with service.running("feedhive", service.Setup()) as server:
        scripts = Scripts(server["base_url"], server["token"])
        upload = scripts.create()
        upload_id = str(upload["upload_id"])

        assert scripts.refuses("complete-media-upload", upload_id), "nothing is stored yet"
        assert put(upload).is_success
        media_id = str(scripts.run("complete-media-upload", upload_id)["id"])
        assert "/" in media_id, "the encoding of an id needs one with a slash"
        assert scripts.refuses("complete-media-upload", upload_id), "it is completed already"
        assert scripts.run("list-media", "--limit", "1")["total"] == 1
        assert scripts.run("get-media", media_id)["type"] == "gif"
        assert scripts.run("delete-media", media_id)["id"] == media_id
        assert scripts.refuses("get-media", media_id)
        assert scripts.refuses("delete-media", media_id)
