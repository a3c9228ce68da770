"""`conformance.validate` in a program of its user: what it returns, raises, prints and leaves."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal
import sys
import threading
import time
from dataclasses import fields, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

import conformance
from conformance.problem import KitFault, TargetProblem, UsageProblem
from conformance.runner import own_process
from conformance.settings.layers import resolved
from conformance.settings.target import target_from, values_from
from conformance.target import Connection, Limits, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

TARGET = Target("hayon", "http://127.0.0.1:9", token="tok_main_0123456789abcdef")
#: The limits that may be fractions of a second.
FRACTIONS = {"connect", "read", "whole", "retry_after", "case", "run", "clean_up", "rate"}
REPORT = {"schema_version": "1.0"}


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace what the process does; it has `request`, `outcome` and `end`."""

    def replaced(program: str) -> None:
        start = (
            "import json, os, sys, time; sys.argv.pop()\n"
            "request = json.loads(sys.stdin.readline())\n"
            "outcome = {'problem': '', 'text': '', 'interrupted': False}\n"
            "def end(**more):\n"
            "    open(sys.argv[-1], 'w').write(json.dumps(outcome | more))\n"
        )
        monkeypatch.setattr(own_process, "_START", start + program)
        monkeypatch.setattr(
            "conformance.reports.report.Report.read", lambda place: conformance.Report({}, place)
        )

    return replaced


def quick(**more: Any) -> conformance.Report:
    return conformance.validate(TARGET, effort="quick", **more)


# What is public


def test_every_public_name_is_there_and_has_a_docstring() -> None:
    for name in conformance.__all__:
        assert getattr(conformance, name) is not None
        assert name == "__version__" or getattr(conformance, name).__doc__
    assert set(conformance.__all__) <= set(dir(conformance))
    assert "nothing" not in dir(conformance)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        conformance.nothing  # type: ignore[attr-defined] # noqa: B018 - it raises


def test_the_catalogue_is_listed() -> None:
    rows = conformance.requirements("feedhive")

    assert rows[0].id == "FH-AUTH-01" or rows[0].id.startswith("FH-")
    assert all(isinstance(row, conformance.Requirement) for row in rows)
    with pytest.raises(UsageProblem, match="unknown profile"):
        conformance.requirements("feedhove")


def test_wrong_arguments_are_a_usage_problem() -> None:
    with pytest.raises(UsageProblem, match="quick, standard, thorough"):
        conformance.validate(TARGET, effort="fast")  # type: ignore[arg-type]
    with pytest.raises(UsageProblem, match=r"a conformance\.Target, and got str"):
        conformance.validate("http://h")  # type: ignore[arg-type]
    with pytest.raises(UsageProblem, match="unknown profile"):
        conformance.validate(replace(TARGET, profile="hayom"))
    with pytest.raises(UsageProblem, match="not one of the formats"):
        conformance.render(conformance.Report(REPORT), "pdf")


# What the process gets


@given(
    connection=st.builds(
        Connection,
        ca_bundle=st.sampled_from([None, "authority.pem"]),
        proxy=st.sampled_from([None, "env", "http://proxy.example:3128"]),
        headers=st.sampled_from([(), (("X-Pass", "a:b c"), ("X-Two", "2"))]),
        insecure=st.booleans(),
    ),
    limits=st.builds(
        Limits,
        run=st.sampled_from([600.0, 30.0]),
        case=st.sampled_from([300.0, 7.5]),
        retries=st.integers(0, 9),
        concurrency=st.integers(1, 9),
        created=st.sampled_from([None, 5]),
    ),
    claimed=st.frozensets(st.sampled_from(["posts"])),
    resolve=st.sampled_from([{}, {"minio": "127.0.0.1:9000", "s3:80": "10.0.0.1"}]),
)
def test_the_settings_of_a_target_make_the_same_target(
    connection: Connection, limits: Limits, claimed: frozenset[str], resolve: dict[str, str]
) -> None:
    target = Target(
        "feedhive",
        "https://h/prefix",
        token="tok_1",
        other_token="tok_2",
        short_lived_url="https://twin",
        s3_endpoint="http://s3:9000",
        s3_bucket="media",
        storage_gate=9001,
        max_wait=3.0,
        claimed=claimed,
        storage_resolve=resolve,
        allow_network=(ip_network("10.0.0.0/8"), ip_network("::1")),
        limits=limits,
        connection=connection,
        storage_host=frozenset({"minio"}),
        read_only=True,
    )
    given_to_child = json.loads(json.dumps(values_from(target)))
    values = {**resolved(), **given_to_child}

    assert target_from("feedhive", values) == target
    # A validation is a whole run, so it refuses a target that shards share; further callers
    # are those of a load.
    other = {"profile", "limits", "connection", "claimed", "shared", "more_tokens"}
    told = {field.name for field in fields(Target)} - other
    assert told <= set(given_to_child)


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_each_limit_of_a_target_reaches_the_process(name: str) -> None:
    more: Any = {name: (getattr(Limits(), name) or 0) + (0.7 if name in FRACTIONS else 7)}
    target = replace(TARGET, limits=Limits(**more))
    values = {**resolved(), **json.loads(json.dumps(values_from(target)))}

    assert target_from("hayon", values).limits == target.limits


def test_the_process_gets_the_arguments_and_no_secret_on_its_command_line(
    child: Callable[[str], None],
) -> None:
    child("print(json.dumps([request, sys.argv, dict(os.environ)])); end()")
    os.environ["CONFORMANCE_BASE_URL"] = os.environ["PYTEST_ADDOPTS"] = "not for the child"
    os.environ["GITHUB_STEP_SUMMARY"] = "not for the child"
    out = io.StringIO()
    try:
        quick(output=out, select="HY_UPLOAD", strict=True, seed=7, workers=2, report_dir="r")
    finally:
        for name in ("CONFORMANCE_BASE_URL", "PYTEST_ADDOPTS", "GITHUB_STEP_SUMMARY"):
            del os.environ[name]

    request, arguments, environment = json.loads(out.getvalue())
    values = request["values"]
    assert request["profile"] == "hayon"
    names = ("effort", "k", "strict", "seed", "workers", "report_dir")
    assert [values[name] for name in names] == ["quick", "HY_UPLOAD", True, 7, 2, "r"]
    assert values["token"] == TARGET.token
    assert TARGET.token not in str(arguments)
    assert "not for the child" not in environment.values()
    assert TARGET.token not in environment.values()


# What comes of it


def test_nothing_is_printed_unless_it_is_asked_for(
    child: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    child("print('hello'); print('there', file=sys.stderr); end()")
    out = io.StringIO()

    quick()
    quick(output=out)

    assert capfd.readouterr() == ("", "")
    assert set(out.getvalue().split()) == {"hello", "there"}


@pytest.mark.parametrize("kind", [UsageProblem, TargetProblem, KitFault])
def test_a_problem_of_the_process_is_raised_as_what_it_is(
    child: Callable[[str], None], kind: type[conformance.Problem]
) -> None:
    child(f"end(problem='{kind.__name__}', text='what to do')")

    with pytest.raises(kind, match="what to do") as raised:
        quick()
    assert type(raised.value) is kind


@pytest.mark.parametrize("program", ["sys.exit(7)", "os.abort()", "raise ValueError(request)"])
def test_a_process_that_dies_is_a_fault_of_the_kit_and_shows_no_secret(
    child: Callable[[str], None], program: str
) -> None:
    child(f"print(request['values']['token'], flush=True); {program}")

    with pytest.raises(KitFault, match="process of the run died") as raised:
        quick()
    assert TARGET.token not in str(raised.value)


def interrupt_in(seconds: float) -> None:
    """Interrupt the main thread as Ctrl-C does."""
    main = threading.main_thread().ident or 0
    threading.Timer(seconds, signal.pthread_kill, [main, signal.SIGINT]).start()


def test_an_interruption_ends_the_process_and_is_raised(
    child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    child("sys.stdin.read(); end(interrupted=True)")  # it ends when its input closes
    monkeypatch.setattr(own_process, "_END_S", 5.0)
    interrupt_in(0.5)
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        quick()
    assert time.monotonic() - began < 60


def test_a_process_that_ignores_its_end_is_killed(
    child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    child("print(os.getpid(), flush=True); sys.stdin.read(); time.sleep(600)")
    monkeypatch.setattr(own_process, "_END_S", 0.1)
    out = io.StringIO()
    target = replace(TARGET, limits=Limits(clean_up=0.2))
    interrupt_in(1.0)

    with pytest.raises(KeyboardInterrupt):
        conformance.validate(target, output=out)
    with pytest.raises(ProcessLookupError):
        os.kill(int(out.getvalue()), 0)


def test_no_file_stays_unless_a_folder_is_given(
    child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    child("end()")

    assert quick().path is None
    assert list(tmp_path.iterdir()) == []
    assert quick(report_dir=tmp_path / "report").path == tmp_path / "report"


# With the real process


def refusing(_: Request) -> JSONResponse:
    return JSONResponse({"success": False, "message": "Unauthorized"}, 401)


def app() -> Starlette:
    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(routes=[Route("/{path:path}", refusing, methods=methods)])


def state() -> tuple[object, ...]:
    """Return what a validation in this process would change."""
    root = logging.getLogger()
    return (
        dict(os.environ),
        os.getcwd(),  # noqa: PTH109 - as it was
        list(sys.path),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        (root.level, list(root.handlers)),
    )


@pytest.mark.whole_run
def test_an_app_of_this_process_is_judged_while_an_event_loop_runs_and_nothing_changes() -> None:
    async def program() -> conformance.Report:
        with conformance.serving(app()) as url:
            return quick_at(url)

    def quick_at(url: str) -> conformance.Report:
        before = state()
        report = conformance.validate(replace(TARGET, base_url=url), effort="quick")
        assert state() == before
        return report

    report = asyncio.run(program())

    assert (report.verdict, report.path) == ("untestable", None)
    assert "refuses the token" in report.reason
    assert TARGET.token not in conformance.render(report, "json")
