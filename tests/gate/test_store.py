"""How the gate connects to the store."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from conformance.gate import store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("127.0.0.1", ("127.0.0.1", 9000)),
        ("127.0.0.1:19000", ("127.0.0.1", 19000)),
        ("::1", ("::1", 9000)),
        ("", ("minio", 9000)),
    ],
)
def test_a_host_is_reached_where_the_user_said(
    place: str, found: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = f"other=10.0.0.1 MinIO={place}" if place else ""
    monkeypatch.setenv("CONFORMANCE_STORAGE_RESOLVE", pairs)

    assert store.address("https://minio:9000") == found


def test_only_https_needs_trust_and_the_settings_say_which(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert store.trust("http://minio:9000") is None
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("CONFORMANCE_CA_BUNDLE", str(tmp_path / "ca.pem"))

    checked = store.trust("https://minio:9000")
    monkeypatch.setenv("CONFORMANCE_INSECURE", "1")
    unchecked = store.trust("https://minio:9000")

    assert checked is not None
    assert unchecked is not None
    assert checked.verify_mode is ssl.CERT_REQUIRED
    assert len(checked.get_ca_certs()) == 1
    assert unchecked.verify_mode is ssl.CERT_NONE
