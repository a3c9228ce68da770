"""The tutorial is followed from an empty folder: its commands do what it says.

Only two things differ from a reader. The address of the repository is a wheel of this tree, which
is installed without what it needs: that comes from this environment, by `PYTHONPATH`. And the port
of the second instance is a free one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cli.installation import PLACEHOLDER
from conformance.harness.preflight import reachable
from tests.conftest import clean_environment
from tests.docs import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = pages.FOLDER / "tutorial"
TUTORIAL_BOUND_S = 300
#: What differs from run to run: ports, durations, times, ids.
VARYING = re.compile(r"127\.0\.0\.1:\d+|\d+(?=\.\d s\b)|\.\d s\b|\d+ requests")


#: Replaces the lines that a diff removes by those that it adds; one file must contain them once.
CHANGE = """\
import sys
from pathlib import Path

lines = sys.stdin.read().splitlines()
old, new = ("".join(f"{line[1:]}\\n" for line in lines if line[0] == sign) for sign in "-+")
files = [path for path in Path().iterdir() if path.name in ("server.py", "conformance.toml")]
(file,) = [path for path in files if path.read_text().count(old) == 1]
file.write_text(file.read_text().replace(old, new))
"""


class Told:
    """One block of commands, and what the tutorial says comes out of it."""

    def __init__(self, commands: str) -> None:
        self.commands = commands
        self.outputs: list[str] = []


def story() -> list[Told]:
    """Return the blocks of commands, each change of a file included."""
    told: list[Told] = []
    for language, body in pages.fences((FOLDER / "first-server.md").read_text(encoding="utf-8")):
        if language == "sh":
            told.append(Told(body))
        elif language == "python":  # the site shows this file: see test_site
            told.append(Told("cp $SERVER server.py\n"))
        elif language == "text":
            told[-1].outputs.append(body)
        elif language == "diff":
            told.append(Told(f"python $CHANGE <<'EOF'\n{body}EOF\n"))
    return told


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def built_wheel(folder: Path) -> Path:
    """Build the wheel of this tree, with the build backend of this environment."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", folder, pages.ROOT],
        check=True,
        timeout=TUTORIAL_BOUND_S,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Follow the tutorial in an empty folder; block N leaves its output in `N.out` beside it."""
    folder, beside = tmp_path_factory.mktemp("tutorial"), tmp_path_factory.mktemp("beside")
    (beside / "change.py").write_text(CHANGE, encoding="utf-8")
    wheel = built_wheel(beside)
    script = ["set -m"]  # jobs have numbers, as in a terminal
    port = str(free_port())
    for number, block in enumerate(story()):
        commands = block.commands.replace("8002", port).replace(PLACEHOLDER, wheel.as_uri())
        place = beside / str(number)
        script.append(f"{{ {commands}}} >{place}.out 2>&1; echo $? >{place}.code")
        if "pip install" in commands:
            script.append(f"export PYTHONPATH='{sysconfig.get_path('purelib')}'")
        if "store.json &" in block.commands:
            script.append("until grep -q bucket store.json; do read -rt 0.05 <> <(:) || :; done")
    process = subprocess.Popen(
        [shutil.which("bash") or "bash", "-c", "\n".join([*script, "wait"])],
        cwd=folder,
        env={
            **clean_environment(),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PIP_NO_DEPS": "1",
            "CHANGE": str(beside / "change.py"),
            "SERVER": str(FOLDER / "server.py"),
        },
        start_new_session=True,
    )
    try:
        process.wait(TUTORIAL_BOUND_S)
        shutil.copy(folder / "store.json", beside)
        yield beside
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def blocks() -> list[pytest.param]:  # type: ignore[valid-type]
    return [pytest.param(number, id=block.commands.splitlines()[-1].strip())
            for number, block in enumerate(story())]  # fmt: skip


@pytest.mark.parametrize("number", blocks())
def test_a_block_of_commands_does_what_the_tutorial_says(folder: Path, number: int) -> None:
    block = story()[number]
    real = VARYING.sub("~", (folder / f"{number}.out").read_text(encoding="utf-8")).splitlines()
    code = int((folder / f"{number}.code").read_text(encoding="utf-8"))

    assert code == int("nonconformant" in str(block.outputs)), real
    position = 0
    for output in block.outputs:
        for line in VARYING.sub("~", output).splitlines():
            assert line in real[position:], "\n".join(real)
            position = real.index(line, position) + 1


def test_the_tutorial_stops_what_it_started(folder: Path) -> None:
    store = json.loads((folder / "store.json").read_text(encoding="utf-8"))

    for url in (store["base_url"], store["s3_endpoint"]):
        assert reachable(url, timeout=1) is not None
