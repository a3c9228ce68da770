"""A correct server never gives a finding about its files, wherever and however it keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.knowledge.stored import sha256_of
from tests.oracles.simulated_server import BASE, Answer, Row, Server
from tests.oracles.traffic import Traffic, judged


class ACopyIsBehindOnce(Server):
    """One copy of the storage misses a file that others have."""

    def served(self, key: str) -> Answer:
        return (404, b"") if 30 < self.now < 40 else super().served(key)


class UrlsLiveASecond(Server):
    """URLs of files live for seconds, and an answer gives the same one for a minute."""

    def signed(self, key: str, seconds: int, at: float | None = None) -> str:
        return super().signed(key, 20 if seconds > 600 else seconds, at)

    def served(self, key: str) -> Answer:
        return (403, b"") if self.now % 60 > 25 else super().served(key)


@pytest.mark.parametrize(
    ("server", "wanted"), [(ACopyIsBehindOnce, set()), (UrlsLiveASecond, {"FH-GET-14"})]
)
def test_a_read_that_is_refused_once_loses_no_file(server: type[Server], wanted: set[str]) -> None:
    traffic = Traffic(server())
    upload = traffic.media()
    for at in (5, 35, 45, 65, 95):
        traffic.wait(at - traffic.now)
        if server is ACopyIsBehindOnce or at == 65:
            traffic.get(upload)
            traffic.wait(1)
        traffic.read(upload) if upload.file_url else traffic.get(upload)
        traffic.wait(1)
    traffic.get(upload)

    assert {finding.requirement for finding in judged(traffic)} == wanted


class StoresByHash(Server):
    """A media has its file at the hash of its bytes, so that equal files are kept once."""

    def made(self, row: Row) -> Row:
        media = super().made(row)
        body = self.objects[row.key]
        media.key = f"blobs/{sha256_of(body[0])}"
        self.objects[media.key] = body
        return media

    def remove_files(self, row: Row) -> None:
        if not any(one.key == row.key and one.gone is None for one in self.media.values()):
            super().remove_files(row)


def test_equal_files_of_two_callers_may_be_kept_once() -> None:
    traffic = Traffic(StoresByHash())
    first = traffic.media()
    traffic.get(first)
    traffic.create("other")
    traffic.wait(1)
    second = traffic.handed[-1]
    traffic.put(second, first.body)
    traffic.wait(1)
    traffic.complete(second)
    traffic.wait(1)
    traffic.get(second)
    traffic.wait(1)
    traffic.read(second)

    assert judged(traffic) == []


class FilesCanBeDeleted(Server):
    """The storage checks nothing, so a client may delete the file of its media item."""

    def answer(
        self, method: str, url: str, caller: str | None, body: bytes, label: str
    ) -> tuple[int, Any]:
        if method == "DELETE" and not url.startswith(BASE):
            self.objects.clear()
            return 204, b""
        return super().answer(method, url, caller, body, label)


def test_a_file_that_its_client_deleted_was_not_lost() -> None:
    traffic = Traffic(FilesCanBeDeleted())
    upload = traffic.media()
    traffic.get(upload)
    traffic.wait(1)
    traffic.read(upload)
    traffic.wait(1)
    traffic.sent("DELETE", upload.file_url, None)
    traffic.wait(1)
    traffic.read(upload)
    traffic.wait(1)
    traffic.get(upload)

    assert judged(traffic) == []
