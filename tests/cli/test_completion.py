"""What a shell is told when somebody presses tab."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import clean_environment

if TYPE_CHECKING:
    from tests.conftest import Command


def completed(command: Command, line: str) -> set[str]:
    """Return what completes a line, as bash asks for it."""
    words = line.split(" ")
    done = command(
        _CONFORMANCE_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    assert done.stderr == ""
    return {word.partition(",")[2] for word in done.stdout.split()}


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("conformance r", {"run"}),
        ("conformance run ", {"feedhive", "hayon"}),
        ("conformance run feedhive --s3", {"--s3-endpoint", "--s3-bucket"}),
        ("conformance run feedhive --effort ", {"quick", "standard", "thorough"}),
        ("conformance list ", {"requirements", "faults"}),
        ("conformance explain fh-complete-1", {"FH-COMPLETE-10", "FH-COMPLETE-11"}),
        ("conformance serve feedhive --fault delete-keeps", {"delete-keeps-the-bytes"}),
        ("conformance list cases feedhive --operation put", {"put_object"}),
        ("conformance doctor ", {"feedhive", "hayon"}),
        ("conformance init --profile ", {"feedhive", "hayon"}),
        ("conformance completion ", {"bash", "zsh", "fish"}),
    ],
)
def test_commands_flags_profiles_and_ids_are_completed(
    command: Command, line: str, among: set[str]
) -> None:
    found = completed(command, line)

    assert among <= found
    typed = line.rpartition(" ")[2].lower()
    assert all(word.lower().startswith(typed) for word in found)


def test_what_begins_like_nothing_completes_to_nothing(command: Command) -> None:
    assert completed(command, "conformance explain zzz") == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_of_its_own(command: Command, shell: str) -> None:
    done = command("completion", shell)

    assert done.returncode == 0
    assert f"_CONFORMANCE_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_script(command: Command) -> None:
    script = command("completion", "bash").stdout

    done = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p conformance"],  # noqa: S607 - the user's bash
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )

    assert done.returncode == 0, done.stderr
    assert "-F _conformance_completion" in done.stdout


def test_an_unknown_shell_is_refused(command: Command) -> None:
    done = command("completion", "tcsh")

    assert done.returncode == 2
    assert "tcsh" in done.stderr
