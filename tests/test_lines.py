"""The command lines of the documentation do what they should, page by page.

Addresses, tokens and names in a line are those of a reader, so they are replaced by those of a
prepared folder. It has a server that breaks one promise, reports of it, a recording and settings.
`CONFORMANCE_K` and `PYTEST_ADDOPTS` let a run judge one requirement.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from conformance.runner import launch
from conformance.servers.reference import FAULTS
from tests.conftest import clean_environment
from tests.docs import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: The lines to run, by page.
SCENES = lines.to_run()
_FAULT, _REQUIREMENT = "empty-objects-complete", "FH-COMPLETE-11"
_LINE_BOUND_S = 120
#: A verdict: kept, broken, or partial. Wrong usage, an unreachable target and a crash are not one.
_VERDICTS = {0, 1, 5}
#: Lines that go on until they are stopped.
_ENDLESS = ("conformance serve", "conformance watch")
#: Lines that may see too little traffic for a verdict: then the exit code is 3.
_ONLOOKERS = (*_ENDLESS, "conformance judge")
#: A server that passes everything on to another one, under the names that a reader's server has.
_FORWARD = """\
import socket, sys, threading
port, target = int(sys.argv[-1]), int(sys.argv[1])
def pump(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.close()
server = socket.create_server(("127.0.0.1", port))
while True:
    near, _ = server.accept()
    far = socket.create_connection(("127.0.0.1", target))
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


class World:
    """A prepared folder, and the servers that its lines use."""

    def __init__(self, folder: Path, servers: Mapping[str, dict[str, Any]]) -> None:
        self.folder, self.servers = folder, servers
        self.ports = {told: str(_free_port()) for told in ("8080", "8081")}

    def prepare(self) -> None:
        """Fill the folder with what a reader has: programs, settings, reports, a recording."""
        programs = self.folder / "bin"
        programs.mkdir()
        (self.folder / "forward.py").write_text(_FORWARD, encoding="utf-8")
        port = {name: row["base_url"].rpartition(":")[2] for name, row in self.servers.items()}
        forward = f'exec "{sys.executable}" "{self.folder}/forward.py"'
        # The reader's own tests: a request through the proxy, as soon as that is there.
        own = "exec curl --silent --retry 60 --retry-delay 1 --retry-connrefused"
        own += f" --output own.json http://127.0.0.1:{self.ports['8080']}/media"
        for place, body in {
            programs / "conformance": f'exec "{sys.executable}" -m conformance "$@"',
            programs / "pytest": f'exec "{sys.executable}" -m pytest "$@"',
            programs / "npm": own,
            programs / "node": f'{forward} {port["hayon"]} "$@"',
            self.folder / "serve": f'{forward} {port["feedhive"]} "$@"',
        }.items():
            place.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
            place.chmod(0o755)
        for profile in self.servers:
            self._settings(profile)
        fleet = _targets(self.servers["feedhive"]["base_url"], "eu-1", "us-1")
        (self.folder / "fleet.toml").write_text(fleet, encoding="utf-8")
        (self.folder / "tests").mkdir()
        test = "def test_own():\n    pass\n"
        (self.folder / "tests" / "test_own.py").write_text(test, encoding="utf-8")
        tokens = [self.servers["feedhive"][name] for name in ("token", "other_token")]
        (self.folder / "tokens.txt").write_text("\n".join(tokens), encoding="utf-8")
        for name in ("company-ca.pem", "kit.pem"):
            shutil.copy(_certificate(self.folder), self.folder / name)
        (self.folder / ".config" / "fish" / "completions").mkdir(parents=True)
        for profile in ("hayon", "feedhive"):
            _, said = self.done(f"conformance run {profile}", self.folder)
            assert "\nreport: " in said, said
            made = self.folder / "conformance-report"
            shutil.copy(made / "exchanges.har", self.folder / f"{profile}.har")
        shutil.copytree(made, self.folder / "main-report")

    def _settings(self, profile: str) -> None:
        tables = _targets(self.servers[profile]["base_url"], "staging", "production")
        text = f'default_target = "staging"\n{tables}'
        (self.folder / f"{profile}.toml").write_text(text, encoding="utf-8")

    def environment(self, profile: str) -> dict[str, str]:
        """Return the variables of a reader, for a server of this profile."""
        server = self.servers[profile]
        return {
            **clean_environment(),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "CONFORMANCE_TOKEN": server["token"],
            "CONFORMANCE_OTHER_TOKEN": server["other_token"],
            "CONFORMANCE_K": f"{_REQUIREMENT} or HY-UPLOAD-01",
            "PYTEST_ADDOPTS": f"-p no:cacheprovider -k {_REQUIREMENT}",
            "AWS_ACCESS_KEY_ID": server["s3_access_key"],
            "AWS_SECRET_ACCESS_KEY": server["s3_secret_key"],
        }

    def done(self, line: str, folder: Path) -> tuple[int, str]:
        """Run one line in a folder; return its exit code, and what it said."""
        profile = "hayon" if "hayon" in line or "HY-" in line else "feedhive"
        settings = folder / "conformance.toml"
        shutil.copy(self.folder / f"{profile}.toml", settings)
        if line.startswith("conformance init"):  # it writes a new one
            settings.unlink()
        if (self.folder / f"{profile}.har").exists():
            shutil.copy(self.folder / f"{profile}.har", folder / "recording.har")
        environment = self.environment(profile)
        if "--read-only" in line or "--shard" in line:  # several cases, which only read
            environment["CONFORMANCE_K"] = "FH-LIST-05"
        if line.startswith(("pytest", "sh ")):  # they read no settings file
            environment["CONFORMANCE_BASE_URL"] = self.servers[profile]["base_url"]
        process = subprocess.Popen(
            ["/bin/bash", "-c", self.written(line, profile)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            first = ""
            if line.startswith(_ENDLESS) and "&" not in line:
                assert process.stdout
                first = process.stdout.readline()
                process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=_LINE_BOUND_S)
            return process.returncode, first + said
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def written(self, line: str, profile: str) -> str:
        """Return a line with the addresses and names of this world."""
        server = self.servers[profile]
        for told, real in {
            "--s3-endpoint http://127.0.0.1:9000": f"--s3-endpoint {server['s3_endpoint']}",
            "staging-media": f"{server['bucket']} --s3-endpoint {server['s3_endpoint']}",
            "--s3-bucket media": f"--s3-bucket {server['bucket']}",
            "http://127.0.0.1:8001": server["short_lived_url"],
            "http://127.0.0.1:8000": server["base_url"],
            "http://127.0.0.1:9000": server["base_url"],
            "https://staging.example": server["base_url"],
            "https://media.internal": server["base_url"],
            "https://api.example.com": server["base_url"],
            "TOKEN=...": "TOKEN=$CONFORMANCE_TOKEN",
            "--fault NAME": f"--fault {next(iter(FAULTS[profile])).name}",
            "FH-LIST-09": _REQUIREMENT,
            **{f" {told}": f" {real}" for told, real in self.ports.items()},
        }.items():
            line = line.replace(told, real)
        return re.sub(r"--users \d+ --time \d+", "--users 4 --time 4", line)


def _targets(url: str, *names: str) -> str:
    return "".join(f'[targets.{name}]\nbase_url = "{url}"\n' for name in names)


def _certificate(folder: Path) -> Path:
    """Return a file with a certificate and its key."""
    import trustme  # noqa: PLC0415 - only this world needs it

    file = folder / "certificate.pem"
    certificate = trustme.CA().issue_cert("kit.example")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def joined(scene: list[str]) -> Iterator[str]:
    """Yield the lines of a page; what goes on in the background, with the lines up to its end."""
    together: list[str] = []
    for line in scene:
        together.append(line)
        if "wait" in line or not together[0].endswith("&"):
            yield "\n".join(together)
            together = []


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with ExitStack() as stack:
        servers = {
            "feedhive": stack.enter_context(launch.reference("feedhive", [_FAULT])),
            "hayon": stack.enter_context(launch.reference("hayon")),
        }
        made = World(folder, servers)
        made.prepare()
        yield made


@pytest.mark.whole_run
@pytest.mark.parametrize("page", SCENES)
def test_the_lines_of_a_page_can_be_run(page: str, world: World, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(world.folder, folder)
    for line in joined(SCENES[page]):
        code, said = world.done(line, folder)

        assert code in _VERDICTS or (code == 3 and line.startswith(_ONLOOKERS)), f"{line}\n{said}"
        assert "Traceback" not in said, f"{line}\n{said}"
