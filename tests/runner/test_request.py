"""The request for a run: the command that repeats it."""

from __future__ import annotations

from typing import Any

from conformance.runner.request import RunRequest
from conformance.settings import layers
from conformance.settings.layers import Origin


def replayed(reference: bool = False, start: str | None = None, **given: Any) -> str:  # noqa: FBT001, FBT002
    values = {**layers.resolved(), **{name: value for name, (value, _) in given.items()}}
    origins = {name: origin for name, (_, origin) in given.items()}
    request = RunRequest("feedhive", values, reference=reference, start=start, origins=origins)
    return request.rerun.command()


def test_the_command_to_run_again_asks_for_the_same() -> None:
    line = replayed(
        base_url=("http://h", Origin.FILE),
        effort=("thorough", Origin.ENVIRONMENT),
        capability=(("a", "b c"), Origin.FLAG),
        strict=(True, Origin.FILE),
        max_wait=(660.0, Origin.FLAG),
    )

    assert line == (
        "conformance run feedhive --base-url http://h --capability a --capability 'b c'"
        " --effort thorough --max-wait 660 --seed 0 --strict"
    )


def test_it_holds_no_secret_and_nothing_that_changes_no_result() -> None:
    line = replayed(
        base_url=("http://h", Origin.FLAG),
        token=("s3cret", Origin.FLAG),
        workers=(4, Origin.FLAG),
        report_dir=("elsewhere", Origin.FLAG),
        verbose=(True, Origin.FLAG),
        k=("one", Origin.FLAG),
    )

    assert line == "conformance run feedhive --base-url http://h --seed 0"


def test_it_names_the_target_of_the_file_that_says_where_the_token_is() -> None:
    line = replayed(
        base_url=("http://h", Origin.FILE),
        token=("s3cret", Origin.FILE),
        config=("my.toml", Origin.FLAG),
        target=("stage", Origin.ENVIRONMENT),
    )

    assert line == (
        "conformance run feedhive --base-url http://h --config my.toml --target stage --seed 0"
    )


def test_it_starts_the_server_again_that_the_kit_started() -> None:
    own = replayed(reference=True, base_url=(None, Origin.DEFAULT))
    users = replayed(start="serve --port {port}")

    assert own == "conformance run feedhive --reference --seed 0"
    assert users == "conformance run feedhive --start 'serve --port {port}' --seed 0"
