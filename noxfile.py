"""The only definition of the project's checks; CI runs nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nox

if TYPE_CHECKING:
    from collections.abc import Iterator

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "typing", "tests"]
nox.options.reuse_existing_virtualenvs = True

PROJECT = nox.project.load_toml("pyproject.toml")
#: Every profile is a folder of specs with a catalogue.
PROFILES = sorted(path.parent.name for path in Path("specs").glob("*/requirements.toml"))
VENDOR_PACKAGE = "@feedhive/setup-claude-code@0.1.8"
#: The last Redocly CLI that runs on the Node of Debian 12, and Spectral.
LINTERS = ("@redocly/cli@1.34.5", "@stoplight/spectral-cli@6.16.3")


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return list(nox.project.dependency_groups(PROJECT, name))


@nox.session
def conformance(session: nox.Session) -> None:
    """Run the kit: on both reference servers, or as the arguments behind `--` say."""
    session.install("-e", ".[reference]")
    if session.posargs:
        session.run("conformance", "run", *session.posargs)
        return
    for profile in PROFILES:
        folder = f"conformance-report/{profile}"
        session.run("conformance", "run", profile, "--reference", "--report-dir", folder)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the kit's own tests, but for those that take whole runs in processes of their own."""
    _pytest(session, "-m", "not whole_run and not engine", "--ignore", "tests/docs")


@nox.session
def runs(session: nox.Session) -> None:
    """Run the tests that start whole runs, wheels or foreign suites; `-- --sample 40` samples."""
    _pytest(session, "-m", "whole_run", "--ignore", "tests/docs")


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.install("-e", ".[reference]", *group("tests"))
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *arguments, *session.posargs)


@nox.session
def selftest(session: nox.Session) -> None:
    """Run the kit against every fault and variant; `-- --sample 12` takes a slice."""
    session.install("-e", ".[reference]")
    arguments = session.posargs or ["--effort", "standard"]
    for profile in PROFILES:
        out = f"matrix-{profile}.json"
        session.run("conformance", "selftest", profile, *arguments, "--out", out)


@nox.session
def mutants(session: nox.Session) -> None:
    """Run the kit against every mutant, and write their page; `-- --sample 6 --seed 1` samples."""
    session.install("-e", ".[reference]")
    files = [f"mutants-{profile}.json" for profile in PROFILES]
    # A full run goes on after a mutant that is missed: the page then shows it, and fails.
    codes = [0] if session.posargs else [0, 1]
    for profile, file in zip(PROFILES, files, strict=True):
        command = ("conformance", "selftest", profile, "--mutants", *session.posargs)
        session.run(*command, "--out", file, success_codes=codes)
    if not session.posargs:
        session.run("python", "-m", "conformance.docs.mutants", *files)


@nox.session
def browser(session: nox.Session) -> None:
    """Look at index.html in a real browser, as its readers do."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        session.error("this session needs chromium: on Debian, apt-get install chromium-driver")
    session.install("-e", ".[reference]", *group("tests"), *group("browser"))
    session.run("pytest", "tests/browser", *session.posargs)


@nox.session
def hostile(session: nox.Session) -> None:
    """Run the kit against targets that misbehave, and write their page; `-- gzip-bomb` chooses."""
    session.install("-e", ".[reference]", *group("tests"), *group("docs"))
    session.run("python", "-m", "tests.hostile", *session.posargs)


@nox.session
def engines(session: nox.Session) -> None:
    """Run the kit on the reference servers with each storage engine, and hold the verdicts."""
    session.install("-e", ".[reference]", *group("tests"), *group("engines"))
    session.run("pytest", "-m", "engine", "tests/engines", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting, of Python, shell scripts and workflows."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("shellcheck", ".ci/run", *map(str, sorted(Path(".github").rglob("*.sh"))))
    session.run("zizmor", "--offline", "--quiet", ".github")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types, strictly."""
    groups = ("tests", "browser", "docs", "typing")
    session.install("-e", ".[reference]", *(row for name in groups for row in group(name)))
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, where any warning fails, and test what it says."""
    session.install("-e", ".[reference]", *group("docs"), *group("tests"))
    site = Path(session.create_tmp(), "site").resolve()
    session.run(
        *("mkdocs", "build", "--strict", "--quiet"),
        *("--config-file", "conformance/docs/mkdocs.yml", "--site-dir", str(site)),
        env={"NO_MKDOCS_2_WARNING": "1"},  # an announcement, not of this site
    )
    # Each file in one process: several of its tests look at one walk through the tutorial.
    session.run("pytest", "-n", "auto", "--dist", "loadfile", "tests/docs", *session.posargs)
    session.log(f"look at it: python -m http.server --bind 127.0.0.1 --directory {site}")


@nox.session
def docker(session: nox.Session) -> None:
    """Lint the Dockerfile of the kit's image."""
    session.install(*group("docker"))
    session.run("hadolint", "--failure-threshold", "info", ".ci/Dockerfile")


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel and use it from an empty environment in another folder."""
    session.install("build")
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder, silent=True)
        wheel = next(Path(folder).glob("*.whl"))
        session.run("python", "-m", "pip", "install", "--quiet", f"{wheel}[reference]")
        session.chdir(folder)
        session.run("conformance", "init", "--profile", "feedhive", "--ci", "github")
        session.run("conformance", "explain", "FH-COMPLETE-11", silent=True)
        session.run("conformance", "run", "feedhive", "--reference", "--effort", "quick")


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the kit on the oldest releases that it says it works with."""
    session.install("uv")
    session.run("uv", "pip", "install", "--resolution", "lowest-direct", "-e", ".[reference]")
    for profile in PROFILES:
        folder = str(Path(session.create_tmp(), profile))
        session.run("conformance", "run", profile, "--reference", "--report-dir", folder)


@nox.session
def spec(session: nox.Session) -> None:
    """Read the printed OpenAPI documents with other tools: linters, an overlay tool, a fuzzer."""
    if shutil.which("npm") is None:
        session.error("this session needs npm: on Debian, apt-get install nodejs npm")
    session.install("-e", ".[reference]", *group("spec"))
    folder = Path(session.create_tmp()).resolve()
    session.run(
        *("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund"),
        *("--ignore-scripts", *LINTERS),
        external=True,
        silent=True,
    )
    for profile in PROFILES:
        files = {part: _printed(session, profile, part) for part in ("whole", "page", "overlay")}
        _lint_documents(session, folder, [files["whole"], files["page"]])
        _apply_with_another_tool(session, files)
        _fuzz_reference_server(session, profile, files["whole"])


def _printed(session: nox.Session, profile: str, part: str) -> Path:
    """Write what `conformance spec` prints into a file, and return the file."""
    file = Path(session.create_tmp(), f"{profile}-{part}.json").resolve()
    arguments = ("--part", part, "--format", "json")
    text = session.run("conformance", "spec", profile, *arguments, silent=True)
    file.write_text(str(text), encoding="utf-8")
    return file


def _lint_documents(session: nox.Session, folder: Path, files: list[Path]) -> None:
    """Fail on each finding of the strict rules of Redocly and of the rules of Spectral."""
    tools = folder / "node_modules" / ".bin"
    ruleset = folder / "spectral.yaml"
    ruleset.write_text("extends: ['spectral:oas']\n", encoding="utf-8")
    for file in files:
        session.run(
            *(str(tools / "redocly"), "lint", "--extends", "recommended-strict", str(file)),
            external=True,
            env={"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        )
        session.run(
            *(str(tools / "spectral"), "lint", "--ruleset", str(ruleset)),
            *("--fail-severity", "hint", str(file)),
            external=True,
        )


def _apply_with_another_tool(session: nox.Session, files: dict[str, Path]) -> None:
    """Fail if oas-patch makes another page of the whole document than the kit does."""
    made = files["page"].with_suffix(".oas-patch.json")
    session.run("oas-patch", "overlay", str(files["whole"]), str(files["overlay"]), "-o", str(made))
    theirs, ours = (json.loads(file.read_text(encoding="utf-8")) for file in (made, files["page"]))
    if theirs != ours:
        session.error(f"oas-patch and the kit apply the overlay differently: {made}")


def _fuzz_reference_server(session: nox.Session, profile: str, document: Path) -> None:
    """Run all phases and checks of schemathesis; the token is not logged."""
    text = session.run("conformance", "spec", profile, "--part", "schemathesis", silent=True)
    config = document.with_suffix(".toml")
    config.write_text(str(text), encoding="utf-8")
    with _reference_server(session, profile) as announced, session.chdir(session.create_tmp()):
        session.log(f"schemathesis --config-file {config} run {document}")
        session.run(
            *("schemathesis", "--config-file", str(config), "run", str(document)),
            *("--url", announced["base_url"]),
            *("--header", f"Authorization: Bearer {announced['token']}"),
            *("--max-examples", "20", "--seed", "1", "--generation-database", "none"),
            log=False,
        )


@nox.session
def client(session: nox.Session) -> None:
    """Walk the lifecycle with the vendor's own scripts, a client that none of us wrote."""
    session.install("-e", ".[reference]")
    with _vendor_scripts(session) as scripts, _reference_server(session, "feedhive") as announced:
        _walk_lifecycle(session, scripts, announced)


@nox.session
def vendor(session: nox.Session) -> None:
    """Watch the vendor's own scripts: on the correct reference server, and on ten faults."""
    session.install("-e", ".[reference]", *group("tests"))
    with _vendor_scripts(session) as scripts:
        environment = {"VENDOR_SCRIPTS": str(scripts)}
        session.run("pytest", "tests/vendor", *session.posargs, env=environment)


@contextmanager
def _vendor_scripts(session: nox.Session) -> Iterator[Path]:
    """Install the vendor's scripts for the length of the block; yield their folder."""
    if shutil.which("npm") is None:
        session.error("this session needs npm: on Debian, apt-get install nodejs npm")
    with tempfile.TemporaryDirectory() as folder:
        session.run(
            *("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", VENDOR_PACKAGE),
            external=True,
            silent=True,
        )
        package = Path(folder, "node_modules", *VENDOR_PACKAGE.rpartition("@")[0].split("/"))
        yield package / "artifacts" / "skills" / "social" / "scripts"


@contextmanager
def _reference_server(session: nox.Session, profile: str) -> Iterator[dict[str, str]]:
    """Run `conformance serve` for the length of the block; yield what it announces."""
    command = [Path(session.bin, "conformance"), "serve", profile, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                session.error("the reference server announced nothing")
            yield json.loads(line)
        finally:
            process.terminate()


def _walk_lifecycle(session: nox.Session, scripts: Path, announced: dict[str, str]) -> None:
    environment = {
        **os.environ,
        "FEEDHIVE_BASE_URL": announced["base_url"],
        "FEEDHIVE_API_KEY": announced["token"],
    }

    def script(name: str, *arguments: str, fails: bool = False) -> dict[str, object]:
        session.log(f"{name}.js {' '.join(arguments)}{' (must fail)' if fails else ''}")
        command = ["node", str(scripts / f"{name}.js"), *arguments]
        done = subprocess.run(  # noqa: S603 - the vendor's scripts
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        if (done.returncode != 0) != fails:
            session.error(f"{name}.js ended with {done.returncode}: {done.stderr or done.stdout}")
        answer: dict[str, object] = {} if fails else json.loads(done.stdout)["data"]
        return answer

    request = json.dumps({"filename": "pixel.gif", "content_type": "image/gif"})
    upload = script("create-media-upload", "--body", request)
    upload_id, url = str(upload["upload_id"]), str(upload["upload_url"])
    script("complete-media-upload", upload_id, fails=True)  # nothing is stored yet
    _put(session, url)
    media_id = str(script("complete-media-upload", upload_id)["id"])
    if "/" not in media_id:
        session.error(f"the id {media_id} holds no slash, so its encoding was not tried")
    script("complete-media-upload", upload_id, fails=True)  # completed already
    listed = script("list-media", "--limit", "1")
    if listed["total"] != 1:
        session.error(f"the list counts {listed['total']} items, not 1")
    if script("get-media", media_id)["type"] != "gif":
        session.error("the item is no gif")
    script("delete-media", media_id)
    script("get-media", media_id, fails=True)
    script("delete-media", media_id, fails=True)


def _put(session: nox.Session, url: str) -> None:
    """PUT a one-pixel GIF with curl, whose URL goes in by standard input: it is a credential."""
    pixel = bytes.fromhex(
        "474946383961010001008000000000000000ffffff2c00000000010001000002024401003b"
    )
    with tempfile.NamedTemporaryFile(suffix=".gif") as file:
        file.write(pixel)
        file.flush()
        done = subprocess.run(
            ["curl", "--config", "-"],  # noqa: S607 - curl of the PATH
            input=f'url = "{url}"\nupload-file = "{file.name}"\n'
            'header = "Content-Type: image/gif"\nfail\nsilent\nshow-error\n',
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
    if done.returncode != 0:
        session.error(f"curl could not upload: {done.stderr}")
