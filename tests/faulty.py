"""Reference servers with one rule switched off: `python faulty.py FAULT`.

Each fault is the smallest change that breaks one promise; the tests show that the kit
reports just that promise.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from conformance.servers import answers, service
from conformance.servers.answers import Refusal
from conformance.servers.feedhive import app
from conformance.servers.feedhive.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.feedhive.state import UploadRow


def takes_empty_objects() -> None:
    def check_object(self: Library, row: UploadRow) -> None:
        stored = self.store.head(row.key)
        if stored is None or stored[1] != row.content_type:
            raise Refusal(400, "not there, or of another type")

    Library.check_object = check_object  # type: ignore[method-assign]


def ignores_stored_type() -> None:
    def check_object(self: Library, row: UploadRow) -> None:
        stored = self.store.head(row.key)
        if stored is None or stored[0] == 0:
            raise Refusal(400, "not there, or empty")

    Library.check_object = check_object  # type: ignore[method-assign]


def never_expires() -> None:
    Library.is_expired = lambda self, row: False  # type: ignore[method-assign]  # noqa: ARG005


def keeps_the_bytes() -> None:
    def delete(self: Library, owner: str, media_id: str) -> dict[str, Any]:
        row = self.state.remove(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        return self.item(row)

    Library.delete = delete  # type: ignore[method-assign]


def counts_one_too_many() -> None:
    honest = Library.page

    def page(self: Library, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        answer = honest(self, owner, limit, cursor)
        return {**answer, "total": answer["total"] + 1}

    Library.page = page  # type: ignore[method-assign]


def deletes_without_a_key() -> None:
    def caller_of(request: Any, tokens: dict[str, str]) -> str:
        return "main" if request.method == "DELETE" else answers.caller_of(request, tokens)

    vars(app)["caller_of"] = caller_of


def answers_500() -> None:
    async def answered(*_: Any) -> Response:
        return PlainTextResponse("out of order", 500)

    vars(app)["_answered"] = answered


FAULTS: dict[str, Callable[[], None]] = {
    "takes-empty-objects": takes_empty_objects,
    "ignores-stored-type": ignores_stored_type,
    "never-expires": never_expires,
    "keeps-the-bytes": keeps_the_bytes,
    "counts-one-too-many": counts_one_too_many,
    "deletes-without-a-key": deletes_without_a_key,
    "answers-500": answers_500,
}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    sys.exit(service.serve("feedhive", as_json=True))
