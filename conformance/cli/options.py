"""The settings as options of a command, and the values that a shell completes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from conformance.model.profile import Profile, profile_names, requirement_ids
from conformance.problem import Problem
from conformance.runner.request import RunRequest
from conformance.settings.file import configured_waivers, settled
from conformance.settings.layers import misspelled
from conformance.settings.table import BY_NAME, SETTINGS, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from click.shell_completion import CompletionItem

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
    _Type = click.ParamType[str]
else:
    _Type = click.ParamType  # generic in newer versions only


#: The settings that `--help` shows; `--help-all` shows all of them.
EVERYDAY = (
    *("base_url", "reference", "start", "short_lived_url", "token", "other_token", "s3_bucket"),
    *("effort", "max_wait", "k", "strict", "baseline", "report_dir", "verbose"),
)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--format` to a command that prints what became of requirements."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "markdown", "json"]),
        default="text",
        metavar="NAME",
        help="text (the default), markdown or json.",
    )(command)


class SectionOption(click.Option):
    """An option that knows its section of `--help`."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


def setting_options(*names: str) -> Decorator:
    """Add the options of the named settings to a command, or those of all settings."""
    chosen = [BY_NAME[name] for name in names] or list(SETTINGS)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for setting in reversed(chosen):
            command = _option(setting)(command)
        return command

    return decorate


def _option(setting: Setting) -> Decorator:
    flags = ["-v", setting.flag] if setting.name == "verbose" else [setting.flag]
    how: dict[str, Any] = {"type": setting.kind, "metavar": setting.metavar}
    if setting.kind is bool:
        how = {"is_flag": True, "default": None}
    elif setting.choices:
        how = {"type": click.Choice(setting.choices), "metavar": "LEVEL"}
    elif setting.multiple:
        how["multiple"] = True
    how |= {"help": f"{setting.help} {_usual(setting)}".strip(), "section": setting.section}
    return click.option(*flags, setting.name, cls=SectionOption, **how)


def _usual(setting: Setting) -> str:
    """Write the default in brackets, if it is a number or a text."""
    if setting.choices or setting.kind is bool or setting.default is None:
        return ""
    return f"[{setting.shown(setting.default)}]"


def request_from(profile: str, flags: Mapping[str, Any]) -> RunRequest:
    """Return the request that the flags and the other layers of settings describe.

    It warns of variables that look like misspelled settings.
    """
    for note in misspelled():
        click.echo(f"conformance: {note}", err=True)
    settings = settled(flags)
    if "proxy" in flags:
        note_ignored_proxies(settings["proxy"].value)
    waivers = configured_waivers(settings["config"].value, settings["target"].value)
    return RunRequest.of(profile, settings, waivers)


def note_ignored_proxies(proxy: str | None) -> None:
    """Say in one line that proxy variables are set and not used, if that is so."""
    from conformance.harness.proxies import ignored

    for note in ignored(proxy):
        click.echo(f"conformance: {note}", err=True)


class Word(_Type):
    """A word of a list, which is looked up only when a shell completes it.

    `known` returns the words for the words that were typed before.
    """

    name = "word"

    def __init__(self, known: Callable[[click.Context], list[str]]) -> None:
        self._known = known

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the words that begin with the incomplete one, in any case."""
        from click.shell_completion import CompletionItem

        del param
        try:
            words = self._known(ctx)
        except Problem:
            return []  # the words so far are wrong: the command itself reports it
        begun = incomplete.lower()
        return [CompletionItem(word) for word in words if word.lower().startswith(begun)]


def _profiles(_: click.Context) -> list[str]:
    return profile_names()


def _typed_profiles(ctx: click.Context) -> list[str]:
    """Return the profile that was typed, or all profiles.

    click parses the profile only when no flag waits for its value.
    """
    return [ctx.params["profile"]] if ctx.params.get("profile") else _profiles(ctx)


def _requirements(_: click.Context) -> list[str]:
    return requirement_ids()


def deviation_names(profile: str) -> list[str]:
    """Return the names of a profile's faults and variants; empty without the extra."""
    try:
        from conformance.servers.reference import FAULTS, VARIANTS
    except ImportError:
        return []
    return [each.name for found in (FAULTS, VARIANTS) for each in found.get(profile, ())]


def _deviations(ctx: click.Context) -> list[str]:
    return [name for profile in _typed_profiles(ctx) for name in deviation_names(profile)]


def _operations(ctx: click.Context) -> list[str]:
    return [name for profile in _typed_profiles(ctx) for name in Profile.load(profile).operations]


PROFILE = Word(_profiles)
REQUIREMENT = Word(_requirements)
DEVIATION = Word(_deviations)
OPERATION = Word(_operations)
