"""`conformance spec`: the OpenAPI document of a profile, for other tools."""

from __future__ import annotations

import json
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import PROFILE
from conformance.problem import ExitCode

PARTS = ("whole", "page", "overlay")
#: The settings of a tool are a file beside the document; they are TOML, whatever the format is.
SETTINGS = "schemathesis"
FORMATS = ("yaml", "json")
_WIDTH = 100


@click.command(
    cls=Command,
    short_help="Print the OpenAPI document of a profile.",
    examples=(
        "conformance spec feedhive > openapi.yaml",
        "conformance spec hayon --part page --format json",
        "conformance spec feedhive --part schemathesis > schemathesis.toml",
    ),
)
@click.argument("profile", type=PROFILE)
@click.option("--format", "form", type=click.Choice(FORMATS), default="yaml", show_default=True,
              help="The format.")  # fmt: skip
@click.option("--part", type=click.Choice((*PARTS, SETTINGS)), default="whole", show_default=True,
              help="The whole document; only what the profile's page states, so what is a MUST;"
              " the OpenAPI Overlay that makes the second of the first; or settings for"
              " schemathesis, which are TOML.")  # fmt: skip
def spec(profile: str, *, form: str, part: str) -> int:
    """Print the OpenAPI document of PROFILE, for mocks, clients, linters and fuzzers."""
    from conformance.model.profile import specs_folder
    from conformance.model.specification import Specification

    if part == SETTINGS:
        settings = specs_folder() / profile / f"{SETTINGS}.toml"
        click.echo(settings.read_text(encoding="utf-8"), nl=False)
        return ExitCode.OK
    specification = Specification.load(profile)
    document = {
        "whole": specification.document,
        "page": specification.page,
        "overlay": specification.overlay,
    }[part]
    click.echo(_json(document) if form == "json" else _yaml(document), nl=form == "json")
    return ExitCode.OK


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _yaml(document: dict[str, Any]) -> str:
    """Return a document as YAML in the order of its members, with long texts as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - no anchors: few tools write them
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    written: str = yaml.dump(
        document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return written
