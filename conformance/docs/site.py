"""Builds the site, and says what is wrong with it.

    python -m conformance.docs.site FOLDER

The folder is replaced. Exit code 1: the build failed, or the built site has a mistake.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.docs import sources
from conformance.docs.built import mistakes

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Write the sources, build them into the folder that the argument names, and check the site."""
    (name,) = arguments
    with tempfile.TemporaryDirectory() as folder:
        pages = sources.write(Path(folder))
        code = built(Path(folder), Path(name))
    if code:
        return code
    found = mistakes(Path(name), pages)
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201 - it is a command
    return 1 if found else 0


def built(folder: Path, site: Path) -> int:
    """Build the sources in a folder, move the site to its place, and return the exit code."""
    # Some versions do not take this flag seriously, so the built site is checked too.
    command = [sys.executable, "-m", "zensical", "build", "--strict", "-f", sources.SETTINGS]
    code = subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603 - our own
    if code == 0:
        shutil.rmtree(site, ignore_errors=True)
        shutil.move(folder / "site", site)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
