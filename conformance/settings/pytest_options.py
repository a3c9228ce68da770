"""The settings inside pytest: its options, its ini keys, and the values of a session.

Precedence: the command line of pytest, then the environment, then the ini file (`pytest.ini`,
`pyproject.toml` and the like), then the default.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from conformance.problem import UsageProblem
from conformance.settings.layers import environment, resolved
from conformance.settings.table import BY_NAME, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.settings.table import Setting

_PREFIX = "--conformance-"
_OFFERED = tuple(setting for setting in SETTINGS if setting.pytest)
#: Settings of the whole session, which the cases do not need.
_REPORT_DIR = BY_NAME["report_dir"]
_REQUIRE_VERIFIED = BY_NAME["require_verified"]
_SESSION = (_REPORT_DIR, _REQUIRE_VERIFIED)
_ALL = tuple(dict.fromkeys((*_OFFERED, *_SESSION)))

#: Settings that a command must repeat, wherever it is run again.
_WHERE = frozenset({"base_url", "s3_endpoint", "s3_bucket", "short_lived_url"})

# Before 8.4 pytest does not support numbers in its ini file, so the kit reads them itself.
_NUMBERS = {int: "int", float: "float"} if pytest.version_tuple >= (8, 4) else {}
_FLAG = re.compile(r"(?<![\w-])--([a-z0-9-]+)")


def add_to(parser: pytest.Parser) -> None:
    """Offer every setting as an option `--conformance-<flag>` and as an ini key."""
    group = parser.getgroup("conformance", "contract conformance of a media-upload API")
    group.addoption(
        "--conformance-requirement",
        action="append",
        metavar="ID",
        help="Only the cases that prove this requirement (may be repeated).",
    )
    for setting in _ALL:
        flag = _PREFIX + setting.flag[2:]
        if setting.kind is bool:
            group.addoption(flag, action="store_true", default=None, help=setting.help)
        elif setting.multiple:
            group.addoption(flag, action="append", metavar="VALUE", help=setting.help)
        else:
            choices = setting.choices or None
            group.addoption(flag, type=setting.kind, choices=choices, help=setting.help)
        parser.addini(_ini_key(setting), setting.help, type=_ini_type(setting), default=None)


def resolved_settings(config: pytest.Config) -> dict[str, Any]:
    """Return every setting of the session; raises `UsageProblem` for one that does not fit.

    `report_dir` is None unless the user asks for a report.
    """

    def options(setting: Setting) -> Any:
        return config.getoption(f"conformance_{setting.name}", None)

    def ini(setting: Setting) -> Any:
        return _from_ini(config, setting) if setting in _ALL else None

    layers = (options, environment(), ini)
    given = [layer(_REPORT_DIR) for layer in layers]
    values = resolved(*layers)
    return {**values, "report_dir": next((folder for folder in given if folder), None)}


def wanted_requirements(config: pytest.Config) -> list[str]:
    """Return the ids of `--conformance-requirement`, in upper case."""
    return [name.upper() for name in config.getoption("conformance_requirement", None) or ()]


def in_pytests_words(text: str) -> str:
    """Replace the flags in a text by the options of pytest's command line."""
    names = {setting.flag[2:] for setting in _ALL}
    return _FLAG.sub(lambda flag: _PREFIX + flag[1] if flag[1] in names else flag[0], text)


def replay(config: pytest.Config, values: Mapping[str, Any]) -> str:
    """Return the command that runs the session again, without secrets and selected cases."""
    words = ["pytest"]
    if config.getoption("pyargs"):
        words.append("--pyargs")
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        words += map(str, config.args)
    for setting in _OFFERED:
        given = config.getoption(f"conformance_{setting.name}", None)
        if setting.name in _WHERE:
            given = values[setting.name]
        if given and not setting.secret and setting.name != "seed":
            words += _option(setting, given)
    words += [f"{_PREFIX}seed", str(values["seed"])]
    return shlex.join(words)


def _option(setting: Setting, given: Any) -> list[str]:
    flag = _PREFIX + setting.flag[2:]
    if setting.kind is bool:
        return [flag]
    return [
        word for value in (given if setting.multiple else (given,)) for word in (flag, str(value))
    ]


def _ini_key(setting: Setting) -> str:
    return f"conformance_{setting.name}"


def _ini_type(setting: Setting) -> Any:
    if setting.multiple:
        return "linelist" if setting.lines else "args"
    return "bool" if setting.kind is bool else _NUMBERS.get(setting.kind, "string")


def _from_ini(config: pytest.Config, setting: Setting) -> Any:
    key = _ini_key(setting)
    try:
        value = config.getini(key)
    except (TypeError, ValueError, pytest.UsageError) as error:
        raise UsageProblem(f"{key} in the ini file of pytest does not fit: {error}") from None
    if not isinstance(value, str) or (setting.kind is str and not setting.choices):
        return value
    try:
        return setting.parse(value)
    except UsageProblem as problem:
        text = str(problem).replace(setting.variable, f"{key} in the ini file of pytest, ", 1)
        raise UsageProblem(text) from None
