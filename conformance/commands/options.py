"""The options that commands share, made from the table of settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from conformance.configuration import configuration_file
from conformance.settings import SETTINGS, Setting, environment, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from conformance.settings import Layer

    Command = Callable[..., Any]

#: The settings that describe a target, and no run of the suite on it.
OF_A_TARGET = frozenset(
    {
        *("base_url", "token", "other_token", "s3_endpoint", "s3_bucket", "short_lived_url"),
        *("max_wait", "capability", "storage_resolve", "allow_network", "connect_timeout"),
        *("read_timeout", "request_timeout", "max_response_bytes", "retry_after"),
    }
)


def setting_options(names: Collection[str] | None = None) -> Callable[[Command], Command]:
    """Return a decorator that gives a command an option for each setting, or those named."""

    def decorate(command: Command) -> Command:
        for setting in reversed(SETTINGS):
            if names is None or setting.name in names:
                command = _option(setting)(command)
        return command

    return decorate


def target_options(command: Command) -> Command:
    """Give a command the options that say where the target comes from, apart from its settings."""
    for option in (
        click.option(
            "--target", "target_name", metavar="NAME", help="Which [targets.NAME] of the file."
        ),
        click.option("--config", metavar="FILE", help="Settings file (default: conformance.toml)."),
        click.option("--start", metavar="CMD", help='Start a server: "serve --port {port}".'),
        click.option("--reference", is_flag=True, help="Take the kit's own reference server."),
    ):
        command = option(command)
    return command


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting: by its flag, else its variable, the settings file, its default.

    Where a flag starts the target, an address from further down does not count.
    """
    layers = [environment(), configuration_file(options["config"], options["target_name"])]
    if options["start"] or options["reference"]:
        layers = [_without_address(layer) for layer in layers]
    return resolved(lambda setting: options.get(setting.name), *layers)


def _without_address(layer: Layer) -> Layer:
    return lambda setting: None if setting.name == "base_url" else layer(setting)


def switch(given: bool, variable: str) -> bool:  # noqa: FBT001 - a click flag
    """Say whether a switch is on, by its flag or its environment variable."""
    return given or os.environ.get(variable, "").lower() in {"1", "true", "yes"}


def _option(setting: Setting) -> Callable[[Command], Command]:
    shared: dict[str, Any] = {"help": setting.help, "default": None}
    if setting.kind is bool:
        return click.option(setting.flag, is_flag=True, **shared)
    kind = click.Choice(setting.choices) if setting.choices else setting.kind
    if setting.multiple:
        return click.option(setting.flag, multiple=True, help=setting.help)
    return click.option(setting.flag, type=kind, **shared)
