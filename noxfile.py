"""The only definition of the project's checks; CI runs nothing else."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nox
import nox.command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "typing", "tests"]
nox.options.reuse_existing_virtualenvs = True

PROJECT = nox.project.load_toml("pyproject.toml")
#: Every profile is a folder of specs with a catalogue.
PROFILES = sorted(path.parent.name for path in Path("specs").glob("*/requirements.toml"))
#: The exit codes of the kit: of several runs, the first that occurs here counts.
EXIT_CODES = (130, 4, 2, 3, 1, 5, 0)
#: The flags that name a server which is not the kit's own.
OUTSIDE = frozenset({"--base-url", "--start", "--target", "--targets-from", "--config"})
VENDOR_PACKAGE = "@feedhive/setup-claude-code@0.1.8"
#: The licences that a dependency may have: they allow its use in any project.
LICENCES = ("MIT", "BSD", "Apache", "Mozilla Public License 2.0", "MPL-2.0", "ISC", "PSF",
            "Python Software Foundation")  # fmt: skip
#: The last Redocly CLI that runs on the Node of Debian 12, and Spectral.
LINTERS = ("@redocly/cli@1.34.5", "@stoplight/spectral-cli@6.16.3")


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return list(nox.project.dependency_groups(PROJECT, name))


@nox.session
def conformance(session: nox.Session) -> None:
    """Run the kit: on both reference servers, or as the arguments behind `--` say."""
    runs = conformance_runs(session.posargs)
    ours = any("--reference" in words for words in runs.values())
    session.install("-e", ".[reference]" if ours else ".")
    codes = {profile: _exit_code(session, *words) for profile, words in runs.items()}
    code = next((one for one in EXIT_CODES if one in codes.values()), 1)
    each = ", ".join(f"{profile} {one}" for profile, one in codes.items())
    if code:
        session.error(f"the exit code of the kit is {code} ({each}); nox itself ends with 1")
    session.log(f"the exit code of the kit is 0 ({each})")


def conformance_runs(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Return the command of each profile to run, by its name.

    Arguments that begin with a profile run that one. Flags alone are for all profiles; without an
    outside target among them, the target is the reference server.
    """
    if arguments and not arguments[0].startswith("-"):
        return {arguments[0]: ["conformance", "run", *arguments]}
    outside = any(word.partition("=")[0] in OUTSIDE for word in arguments)
    target = [] if outside or "--reference" in arguments else ["--reference"]
    folder = next((place for place in _values(arguments, "--report-dir")), "conformance-report")
    return {
        profile: [
            *("conformance", "run", profile, *target, *arguments),
            *("--report-dir", f"{folder}/{profile}"),
        ]
        for profile in PROFILES
    }


def _values(arguments: Sequence[str], flag: str) -> Iterator[str]:
    """Yield the values of a flag, written with a space or with `=`."""
    for number, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name == flag:
            yield value if equals else "".join(arguments[number + 1 : number + 2])


def _exit_code(session: nox.Session, *words: str) -> int:
    """Run a command, and return its exit code, which nox shows only in a text."""
    try:
        session.run(*words)
    except nox.command.CommandFailed as failed:
        found = re.search(r"\d+$", str(failed))
        return int(found[0]) if found else 1
    return 0


@nox.session
def tests(session: nox.Session) -> None:
    """Run the kit's own tests, but for those that take whole runs in processes of their own."""
    _pytest(session, "-m", "not whole_run and not engine", "--ignore", "tests/docs")


@nox.session
def runs(session: nox.Session) -> None:
    """Run the tests that start whole runs, wheels or foreign suites; `-- --sample 40` samples."""
    session.install("-e", ".[load]")
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
        session.run("conformance", "selftest", profile, *arguments, f"--out=matrix-{profile}.json")


@nox.session
def mutants(session: nox.Session) -> None:
    """Run the kit against every mutant, and write their page; `-- --sample 6 --seed 1` samples."""
    session.install("-e", ".[reference]")
    files = [f"mutants-{profile}.json" for profile in PROFILES]
    sample = {"--sample", "--only"} & {*session.posargs}
    # A full run goes on after a mutant that is missed: the page then shows it, and fails.
    codes = [0] if sample else [0, 1]
    for profile, file in zip(PROFILES, files, strict=True):
        words = ("conformance", "selftest", profile, "--mutants", *session.posargs, "--out", file)
        session.run(*words, success_codes=codes)
    if not sample:
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
    """Run the kit against targets that misbehave, and write their page; `-- gzip-bomb` chooses.

    Without a choice, it also interrupts 20 runs at random moments.
    """
    session.install("-e", ".[reference]", *group("tests"), *group("docs"))
    if not session.posargs:
        session.run("python", "-m", "tests.hostile.interruptions")
    session.run("python", "-m", "tests.hostile", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure ratios of speed, growth and memory; `-- all` measures every row.

    `-- --json FILE` writes them, and `-- --compare OLD.json` shows those of an earlier bench.
    """
    session.install("-e", ".[reference]", *group("tests"))
    session.run("python", "-m", "tests.bench", *session.posargs)


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
    groups = ("tests", "browser", "typing")
    session.install("-e", ".[reference]", *(row for name in groups for row in group(name)))
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, check what was built, and test what it says."""
    session.install("-e", ".[reference]", *group("docs"), *group("tests"))
    site = Path(session.create_tmp(), "site").resolve()
    session.run("python", "-m", "conformance.docs.site", str(site))
    # Each file in one process: several of its tests look at one walk through the tutorial.
    session.run(
        *("pytest", "-n", "auto", "--dist", "loadfile", "tests/docs", *session.posargs),
        env={"BUILT_SITE": str(site)},
    )
    session.log(f"look at it: python -m http.server --bind 127.0.0.1 --directory {site}")


@nox.session
def docker(session: nox.Session) -> None:
    """Lint the Dockerfile of the kit's image."""
    session.install(*group("docker"))
    session.run("hadolint", "--failure-threshold", "info", ".ci/Dockerfile")


@nox.session
def build(session: nox.Session) -> None:
    """Build the packages into dist/, use the wheel in an empty environment, and write its SBOM."""
    session.install("build", *group("sbom"))
    sbom = Path("dist", "media-conformance.cdx.json").resolve()
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder, silent=True)
        wheel = next(Path(folder).glob("*.whl"))
        _keep(Path(folder), sbom.parent)
        kit = _environment(session, Path(folder, "kit"), f"{wheel}[reference]")
        _write_sbom(session, kit, sbom)
        session.chdir(folder)
        command = str(kit / "bin" / "conformance")
        for arguments in (
            ("init", "--profile", "feedhive", "--ci", "github"),
            ("explain", "FH-COMPLETE-11"),
            ("run", "feedhive", "--reference", "--effort", "quick"),
        ):
            session.run(command, *arguments, external=True, silent=arguments[0] == "explain")


def _keep(built: Path, place: Path) -> None:
    """Put the packages into a folder, in place of those of earlier builds."""
    place.mkdir(exist_ok=True)
    for pattern in ("*.whl", "*.tar.gz"):
        for old in place.glob(pattern):
            old.unlink()
        for package in built.glob(pattern):
            shutil.copy(package, place)


def _environment(session: nox.Session, place: Path, *packages: str) -> Path:
    """Make an environment that holds these packages and what they need, and return its folder."""
    session.run("python", "-m", "venv", str(place))
    python = str(place / "bin" / "python")
    session.run(python, "-m", "pip", "install", "--quiet", *packages, external=True)
    return place


def _write_sbom(session: nox.Session, environment: Path, file: Path) -> None:
    """Write the packages of an environment as CycloneDX; fail if a dependency is not among them."""
    file.parent.mkdir(exist_ok=True)
    session.run(
        *("cyclonedx-py", "environment", "--no-validate", "--output-reproducible"),
        *("--of", "JSON", "-o", str(file), str(environment / "bin" / "python")),
    )
    session.run("python", "-m", "tests.supply_chain", "sbom", str(file))


@nox.session
def audit(session: nox.Session) -> None:
    """Look the kit's dependencies up for known vulnerabilities, and check their licences."""
    session.install(*group("audit"))
    kit = _environment(session, Path(session.create_tmp(), "kit").resolve(), ".[reference]")
    python = str(kit / "bin" / "python")
    session.run(
        *("pip-licenses", f"--python={python}", "--partial-match", "--ignore-packages", "pip"),
        *("--allow-only", ";".join(LICENCES)),
        silent=True,
    )
    session.log("licences: each dependency has one of the allowed ones")
    _look_up(session, kit)


def _look_up(session: nox.Session, environment: Path) -> None:
    """Ask the database of vulnerabilities about each package; fail where it does not answer."""
    report = Path(session.create_tmp(), "audit.json").resolve()
    report.unlink(missing_ok=True)
    packages = next((environment / "lib").glob("python*/site-packages"))
    session.run(
        *("pip-audit", "--path", str(packages), "--progress-spinner", "off"),
        *("--format", "json", "--output", str(report)),
        success_codes=[0, 1],
        silent=True,
    )
    if not report.exists():
        session.error("the database of vulnerabilities does not answer: nothing was looked up")
    session.run("python", "-m", "tests.supply_chain", "audit", str(report))


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
    """Run all phases and checks of schemathesis."""
    text = session.run("conformance", "spec", profile, "--part", "schemathesis", silent=True)
    config = document.with_suffix(".toml")
    config.write_text(str(text), encoding="utf-8")
    session.run("python", "-m", "tests.fuzzing", profile, str(document), str(config))


@nox.session
def client(session: nox.Session) -> None:
    """Walk the lifecycle with the vendor's own scripts, a client that none of us wrote."""
    _with_vendor_scripts(session, "tests/vendor/test_client.py")


@nox.session
def vendor(session: nox.Session) -> None:
    """Watch the vendor's own scripts: on the correct reference server, and on ten faults."""
    _with_vendor_scripts(session, "tests/vendor/test_watched_scripts.py")


def _with_vendor_scripts(session: nox.Session, module: str) -> None:
    session.install("-e", ".[reference]", *group("tests"))
    with _vendor_scripts(session) as scripts:
        environment = {"VENDOR_SCRIPTS": str(scripts)}
        session.run("pytest", module, *session.posargs, env=environment)


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
