"""The doctor sees what stops a run, and leaves nothing behind."""

from __future__ import annotations

import json
import ssl
import threading
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from conformance.harness.harness import Harness
from conformance.model.profile import Profile
from conformance.runner.coverage import Coverage
from conformance.runner.diagnosis import Diagnosis, DiagnosisState
from conformance.runner.doctor import Doctor
from conformance.servers import service
from conformance.servers.service import Setup
from conformance.target import Connection, Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.whole_run

ALL = [
    *("server", "TLS", "token", "other token", "clock", "upload", "storage", "storage clock"),
    *("signatures", "bytes", "bucket", "whole way", "two callers", "expiry", "claims"),
]


def target_of(announced: dict[str, str], profile: str = "feedhive", **changes: Any) -> Target:
    """Return the target that shows everything of an announced server."""
    given = {
        "base_url": announced["base_url"],
        "token": announced["token"],
        "other_token": announced["other_token"],
        "short_lived_url": announced["short_lived_url"],
        "s3_endpoint": announced["s3_endpoint"],
        "s3_bucket": announced["bucket"],
    }
    return Target(profile, **{**given, **changes})


def examined(target: Target) -> tuple[Doctor, dict[str, Diagnosis]]:
    harness = Harness(Profile.load(target.profile), target, run_id="doctor")
    with closing(harness):
        doctor = Doctor(harness)
        checks = {check.name: check for check in doctor.checks()}
    assert list(checks) == ALL
    return doctor, checks


def problems(checks: dict[str, Diagnosis]) -> list[str]:
    return [name for name, check in checks.items() if check.state is DiagnosisState.PROBLEM]


@pytest.fixture(autouse=True)
def credentials(feedhive: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys_of(feedhive, monkeypatch)


def use_keys_of(announced: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", announced["s3_access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", announced["s3_secret_key"])


class Careless(BaseHTTPRequestHandler):
    """A storage that takes everything from everybody; an S3 list shows an empty bucket."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(200)

    def do_GET(self) -> None:
        if "list-type" in self.path:
            self._answer(200, b"<ListBucketResult/>")
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        self._answer(404)

    def do_DELETE(self) -> None:
        self._answer(204)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_all_is_well_on_the_reference_server(feedhive: dict[str, str]) -> None:
    doctor, checks = examined(target_of(feedhive, claimed=frozenset({"posts"})))

    assert {check.state for check in checks.values()} == {DiagnosisState.OK}
    assert doctor.harness.leftovers == []
    coverage = Coverage.of(doctor.harness.profile.catalogue, doctor.capabilities)
    # A server that was started before has no gate before its storage.
    missing = coverage.provable - coverage.verified
    assert coverage.further == {"--storage-gate": missing}
    assert missing


def test_all_is_well_on_the_other_profile(
    hayon: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keys_of(hayon, monkeypatch)

    _, checks = examined(target_of(hayon, "hayon", claimed=frozenset({"posts"})))

    assert problems(checks) == []
    unknown = [name for name, check in checks.items() if check.state is DiagnosisState.UNKNOWN]
    assert unknown == ["two callers"]


def test_it_creates_one_upload_on_each_instance_and_removes_the_media(
    feedhive: dict[str, str],
) -> None:
    harness = Harness(Profile.load("feedhive"), target_of(feedhive), run_id="doctor")

    with closing(harness):
        list(Doctor(harness).checks())
        sent = [exchange.operation for exchange in harness.transcript.exchanges]
        journal = harness.ledger.path.read_text(encoding="utf-8").splitlines()
    made = [entry["id"] for entry in map(json.loads, journal) if entry.get("kind") == "media"]

    assert sent.count("create_upload") == 2
    assert sent.count("complete_upload") == len(made) == 1
    left = examination_of_what_is_left(feedhive)
    assert not set(made) & left


def examination_of_what_is_left(announced: dict[str, str]) -> set[str]:
    harness = Harness(Profile.load("feedhive"), target_of(announced), run_id="after")
    with closing(harness):
        listed = harness.api.list_media(limit=100)
    return {item["id"] for item in listed.at("data", "items")}


def test_what_is_not_given_is_unknown_and_says_which_flag_gives_it(
    feedhive: dict[str, str],
) -> None:
    target = Target("feedhive", feedhive["base_url"], feedhive["token"])

    doctor, checks = examined(target)

    assert problems(checks) == []
    flags = {"other token": "--other-token", "bucket": "--s3-bucket", "expiry": "--max-wait"}
    for name, flag in flags.items():
        assert checks[name].state is DiagnosisState.UNKNOWN
        assert flag in checks[name].fix
    coverage = Coverage.of(doctor.harness.profile.catalogue, doctor.capabilities)
    assert coverage.verified + sum(coverage.further.values()) == coverage.provable
    assert "--other-token" in coverage.further
    assert coverage.further["--capability posts and --other-token"] == 2


def test_a_refused_token_stops_what_needs_it(feedhive: dict[str, str]) -> None:
    doctor, checks = examined(target_of(feedhive, token="wrong"))

    assert problems(checks) == ["token"]
    assert "CONFORMANCE_TOKEN" in checks["token"].fix
    assert checks["two callers"].found == "skipped until 'other token' is in order"
    assert not doctor.testable


def test_a_refused_other_token_spoils_only_its_own_part(feedhive: dict[str, str]) -> None:
    doctor, checks = examined(target_of(feedhive, other_token="wrong"))

    assert problems(checks) == ["other token"]
    assert doctor.testable
    assert "other-token" not in doctor.capabilities


def test_an_unreachable_server_is_told_at_once() -> None:
    doctor, checks = examined(Target("feedhive", "http://127.0.0.1:1", "t"))

    assert problems(checks) == ["server"]
    assert "cannot be reached" in checks["server"].found
    assert not doctor.testable
    assert doctor.harness.transcript.exchanges == []


def test_a_wrong_path_prefix_is_recognised(feedhive: dict[str, str]) -> None:
    _, checks = examined(target_of(feedhive, base_url=feedhive["base_url"] + "/api"))

    assert problems(checks) == ["token"]
    assert "path prefix" in checks["token"].fix


def test_a_storage_that_cannot_be_reached_is_named(feedhive: dict[str, str]) -> None:
    base_url = feedhive["base_url"].replace("127.0.0.1", "localhost")
    elsewhere = {"127.0.0.1": "127.0.0.1:1"}
    target = Target("feedhive", base_url, feedhive["token"], storage_resolve=elsewhere)

    _, checks = examined(target)

    assert problems(checks) == ["storage"]
    assert "does not answer" in checks["storage"].found
    assert "--storage-resolve" in checks["storage"].fix


def test_a_storage_that_enforces_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKcareless")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "careless-secret")
    with ExitStack() as stack:
        endpoint = f"http://127.0.0.1:{stack.enter_context(listening())}"
        setup = Setup(s3_endpoint=endpoint, s3_bucket="media")
        announced = stack.enter_context(service.running("feedhive", setup))

        _, checks = examined(target_of(announced))

    assert checks["signatures"].found.endswith("the storage checks no signature at all")
    assert "is not in it" in checks["bucket"].found
    assert checks["whole way"].found.startswith("FH-COMPLETE-01")
    assert problems(checks) == ["signatures", "bucket", "whole way"]


@pytest.mark.parametrize(
    ("bend", "check", "words"),
    [
        ("put-takes-any-signature", "signatures", "though the bucket's storage checks signatures"),
        ("put-is-refused", "bytes", "the PUT of a genuine file was refused"),
        ("upload-url-is-unsigned", "upload", "carries no signature"),
        ("out-of-order", "upload", "FH-CREATE-01: expected a success"),
        ("anybody-fetches-a-media", "two callers", "reaches what the first one created"),
    ],
)
def test_a_broken_server_is_told_by_the_check_that_it_breaks(
    monkeypatch: pytest.MonkeyPatch, bend: str, check: str, words: str
) -> None:
    with service.running("feedhive", Setup(deviations=(bend,))) as announced:
        use_keys_of(announced, monkeypatch)

        _, checks = examined(target_of(announced))

    assert problems(checks) == [check]
    assert words in checks[check].found
    assert checks[check].fix


def test_clocks_that_differ_are_told_and_fail_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with service.running("feedhive", Setup(deviations=("clock-ahead",))) as announced:
        use_keys_of(announced, monkeypatch)

        _, checks = examined(target_of(announced))

    assert problems(checks) == []
    assert "s ahead of this machine" in checks["clock"].found
    assert "s behind the server" in checks["storage clock"].found


def test_a_twin_whose_uploads_live_long_is_no_twin(feedhive: dict[str, str]) -> None:
    doctor, checks = examined(target_of(feedhive, short_lived_url=feedhive["base_url"]))

    assert problems(checks) == ["expiry"]
    assert "uploads of the twin live 60" in checks["expiry"].found
    assert "wait" not in doctor.capabilities


@pytest.mark.parametrize(
    ("max_wait", "state"), [(30.0, DiagnosisState.PROBLEM), (660.0, DiagnosisState.OK)]
)
def test_a_wait_that_is_too_short_is_told_before_it_is_spent(
    feedhive: dict[str, str], max_wait: float, state: DiagnosisState
) -> None:
    _, checks = examined(target_of(feedhive, short_lived_url=None, max_wait=max_wait))

    assert checks["expiry"].state is state
    assert ("--max-wait 60" in checks["expiry"].fix) == (state is DiagnosisState.PROBLEM)


def test_a_bucket_that_cannot_be_read_is_told(feedhive: dict[str, str]) -> None:
    doctor, checks = examined(target_of(feedhive, s3_bucket="another"))

    assert problems(checks) == ["bucket"]
    assert "s3-access" not in doctor.capabilities


def test_a_claim_that_nothing_needs_is_told(feedhive: dict[str, str]) -> None:
    _, checks = examined(target_of(feedhive, claimed=frozenset({"posts", "drafts"})))

    assert problems(checks) == ["claims"]
    assert checks["claims"].found == "no requirement needs drafts"
    assert checks["claims"].fix.endswith("accepts the optional parts of this profile: posts")


def test_a_certificate_counts_only_where_its_authority_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    with listening(context) as port:
        target = Target("feedhive", f"https://127.0.0.1:{port}", "t")
        _, before = examined(target)
        named = Connection(ca_bundle=str(tmp_path / "ca.pem"))
        _, trusted = examined(replace(target, connection=named))
        _, unchecked = examined(replace(target, connection=Connection(insecure=True)))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        _, after = examined(target)

    assert problems(before) == ["TLS"]
    assert "does not trust" in before["TLS"].found
    assert "--ca-bundle" in before["TLS"].fix
    assert "SSL_CERT_FILE" in before["TLS"].fix
    assert after["TLS"].state is trusted["TLS"].state is DiagnosisState.OK
    assert unchecked["TLS"].state is DiagnosisState.UNKNOWN
    assert "--insecure" in unchecked["TLS"].found
    assert after["TLS"].found.startswith("TLSv1")


def test_plain_http_on_a_tls_port_is_told(feedhive: dict[str, str]) -> None:
    base_url = feedhive["base_url"].replace("http://", "https://")

    _, checks = examined(Target("feedhive", base_url, "t"))

    assert problems(checks) == ["TLS"]


def test_no_secret_is_in_what_was_found(feedhive: dict[str, str]) -> None:
    doctor, checks = examined(target_of(feedhive))

    text = "\n".join(f"{check.found} {check.fix}" for check in checks.values())
    assert not doctor.harness.redactor.finds(text)
