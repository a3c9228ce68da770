"""Every setting once: its flag, its variable, its key in the file, its type and its help.

The command line, the pytest options, the environment, the settings file and its schema are
all generated from this table, so they always agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem, did_you_mean
from conformance.target import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

EFFORTS = ("quick", "standard", "thorough")


@dataclass(frozen=True)
class Setting:
    """One setting.

    `pytest` says whether it is also an option of the pytest plugin, `session` whether the
    cases do not need it, `file` whether it is a key of the settings file. `place` marks an
    address of the target or of its parts, `repeated` a setting that a rerun repeats.
    `section` is the section of `--help`, `metavar` the value that it shows. A number must be
    at least `least`, or greater than `above`. With `lines`, a variable holds one value on each
    line, because a value may hold spaces and commas.
    """

    name: str
    help: str
    kind: type = str
    default: Any = None
    multiple: bool = False
    choices: tuple[str, ...] = ()
    pytest: bool = True
    section: str = "Verdict"
    metavar: str | None = None
    secret: bool = False
    file: bool = True
    session: bool = False
    place: bool = False
    repeated: bool = True
    least: float | None = None
    above: float | None = None
    lines: bool = False

    @property
    def flag(self) -> str:
        """The flag on the command line."""
        name = self.name.replace("_", "-")
        return f"--{name}" if len(name) > 1 else f"-{name}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "CONFORMANCE_" + self.name.upper()

    @property
    def unset(self) -> Any:
        """The value if no layer has one."""
        return () if self.multiple else self.default

    def parse(self, text: str) -> Any:
        """Read the value of an environment variable; raise `UsageProblem` if it does not fit."""
        if self.lines:
            return tuple(line.strip() for line in text.splitlines() if line.strip())
        if self.multiple:
            return tuple(text.replace(",", " ").split())
        if self.kind is bool:
            return _truth(text, self.variable)
        if self.choices and text not in self.choices:
            raise UsageProblem(f"{self.variable}={text!r}: choose one of {', '.join(self.choices)}")
        try:
            return self.kind(text)
        except ValueError:
            kind = "a whole number" if self.kind is int else "a number"
            raise UsageProblem(f"{self.variable}={text!r} is not {kind}") from None

    def checked(self, value: object, where: str) -> Any:
        """Check a value from JSON or TOML; raise `UsageProblem` if it does not fit."""
        if self.multiple:
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                return tuple(value)
            raise UsageProblem(f"{self.name} in {where} must be a list of strings")
        value = typed(self.name, self.kind, value, where)
        if self.choices and value not in self.choices:
            raise UsageProblem(
                f"{self.name} in {where} must be one of {', '.join(self.choices)}"
                f"{did_you_mean(str(value), self.choices)}"
            )
        return value

    def text(self, value: Any) -> str:
        """Write the value as its environment variable would hold it."""
        if self.multiple:
            return ("\n" if self.lines else " ").join(value)
        return str(int(value)) if self.kind is bool else str(value)

    def shown(self, value: Any) -> str:
        """Write the value for a reader; a secret is replaced."""
        if value in UNSET:
            return ""
        if self.secret:
            return "[redacted]"
        if self.kind is bool:
            return "true" if value else "false"
        return f"{value:.10g}" if self.kind is float else self.text(value)

    def check(self, value: Any) -> None:
        """Raise `UsageProblem` for a number outside its limits."""
        if value is None:
            return
        if self.above is not None and not self.above < value < math.inf:
            raise UsageProblem(f"{self.flag} must be greater than {self.above:g}")
        if self.least is not None and not self.least <= value < math.inf:
            raise UsageProblem(f"{self.flag} must be {self.least:g} or more")


_KINDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def typed(name: str, kind: type, value: object, where: str) -> Any:
    """Return a value of the kind, or raise `UsageProblem`; a float may be a whole number."""
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise UsageProblem(f"{name} in {where} must be {_KINDS[kind]}")
    return value


SETTINGS: tuple[Setting, ...] = (
    Setting("base_url", "Where the server is, with any path prefix.",
            section="Target", metavar="URL", place=True),
    Setting("reference", "Test the kit's own reference server.", bool, default=False,
            section="Target", pytest=False),
    Setting("start", 'Start your server: "serve --port {port}".',
            section="Target", metavar="CMD", pytest=False),
    Setting("short_lived_url", "A second instance whose uploads live seconds.",
            section="Target", metavar="URL", place=True),
    Setting("capability", "An optional part that you have, e.g. posts.", multiple=True,
            section="Target", metavar="NAME"),
    Setting("read_only", "Create and change nothing on the server.", bool, default=False,
            section="Target"),
    Setting("yes", "Write to a public host without asking.", bool, default=False,
            section="Target", pytest=False, repeated=False),
    Setting("wait_for_target", "Wait so long until --base-url answers.", float, 0.0,
            section="Target", metavar="SECONDS", pytest=False, repeated=False, least=0),
    Setting("config", "Settings file [conformance.toml]",
            section="Target", metavar="FILE", pytest=False, file=False, repeated=False),
    Setting("target", "Which [targets.NAME]; 'eu-*': several.",
            section="Target", metavar="NAME", pytest=False, file=False, repeated=False),
    Setting("targets_from", "File of several targets: run them all.",
            section="Target", metavar="FILE", pytest=False, file=False, repeated=False),
    Setting("at_once", "So many of several targets at the same time.", int, 4,
            section="Target", metavar="N", pytest=False, repeated=False, least=1),
    Setting("token", "Caller's token; safer: CONFORMANCE_TOKEN.",
            section="Credentials", metavar="T", secret=True),
    Setting("other_token", "A second caller's token.",
            section="Credentials", metavar="T", secret=True),
    Setting("s3_endpoint", "S3 endpoint of the bucket, unless it is AWS.",
            section="Storage", metavar="URL", place=True),
    Setting("s3_bucket", "Bucket of the uploads; keys: AWS_* variables.",
            section="Storage", metavar="B", place=True),
    Setting("storage_gate", "Port where your server reaches its store.", int, 0,
            section="Storage", metavar="PORT", pytest=False, least=0),
    Setting("storage_resolve", "Real address of a storage host.", multiple=True,
            section="Storage", metavar="HOST=ADDR"),
    Setting("allow_network", "Private network that upload URLs may use.", multiple=True,
            section="Storage", metavar="CIDR"),
    Setting("storage_host", "Storage host, even at a private address.", multiple=True,
            section="Storage", metavar="HOST"),
    Setting("ca_bundle", "Certificates to trust too, as PEM.",
            section="Connection", metavar="FILE"),
    Setting("client_cert", "Client certificate with its key, as PEM.",
            section="Connection", metavar="FILE"),
    Setting("proxy", "HTTP proxy; env: the one of HTTPS_PROXY.",
            section="Connection", metavar="URL"),
    Setting("header", "Header for a gateway: 'Name: value'.", multiple=True, lines=True,
            section="Connection", metavar="TEXT", secret=True),
    Setting("insecure", "Do not check certificates.", bool, default=False,
            section="Connection"),
    Setting("effort", "quick, standard (the default) or thorough.", choices=EFFORTS,
            default="standard", section="Effort"),
    Setting("max_wait", "How long to wait for an upload to expire.", float, 0.0,
            section="Effort", metavar="SECONDS", least=0),
    Setting("seed", "Seed of every random choice.", int, 0, section="Effort", metavar="N"),
    Setting("workers", "Number of processes that run the cases.", int, 1,
            section="Effort", metavar="N", pytest=False, least=1, repeated=False),
    Setting("concurrency", "Cases at the same time at most; 1: one by one.", int,
            Limits.concurrency, section="Effort", metavar="N", least=1),
    Setting("rate", "Requests in a second (5/s) or a minute at most.",
            section="Effort", metavar="N/s"),
    Setting("k", "Only the cases that match, as in pytest.",
            section="Effort", metavar="EXPR", pytest=False, repeated=False),
    Setting("shard", "Run one of N parts: I/N, such as 2/3.",
            section="Effort", metavar="I/N", file=False, repeated=False),
    Setting("own_tokens", "No other shard uses these tokens meanwhile.", bool, default=False,
            section="Effort", repeated=False),
    Setting("connect_timeout", "Seconds to connect.", float, Limits.connect,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("read_timeout", "Seconds to the first byte, and between reads.", float, Limits.read,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("request_timeout", "Seconds for the whole request.", float, Limits.whole,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("max_response_bytes", "Bytes to read of one answer.", int, Limits.response_bytes,
            section="Bounds", metavar="BYTES", above=0),
    Setting("retry_after", "Seconds to wait in all after 429 and 503.", float, Limits.retry_after,
            section="Bounds", metavar="SECONDS", least=0),
    Setting("max_header_bytes", "Bytes of the headers of one answer.", int, Limits.header_bytes,
            section="Bounds", metavar="BYTES", above=0),
    Setting("max_json_bytes", "Bytes of one body to read as JSON.", int, Limits.json_bytes,
            section="Bounds", metavar="BYTES", above=0),
    Setting("max_json_depth", "How deep JSON may nest.", int, Limits.json_depth,
            section="Bounds", metavar="N", above=0),
    Setting("max_json_values", "How many values JSON may have.", int, Limits.json_values,
            section="Bounds", metavar="N", above=0),
    Setting("max_url_length", "Characters of a URL, with the id in it.", int, Limits.url_length,
            section="Bounds", metavar="N", above=0),
    Setting("max_timeouts", "Stop after so many time-outs in a row.", int, Limits.timeouts,
            section="Bounds", metavar="N", above=0),
    Setting("max_retries", "Requests sent again after 429 and 503.", int, Limits.retries,
            section="Bounds", metavar="N", least=0),
    Setting("max_time", "Seconds for the whole run; --max-wait adds to it.", float,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("case_timeout", "Seconds for one case; --max-wait adds to it.", float,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("cleanup_timeout", "Seconds for the clean-up.", float, Limits.clean_up,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("max_requests", "Requests of the whole run.", int, Limits.requests,
            section="Bounds", metavar="N", above=0),
    Setting("max_kept_bytes", "Bytes of answers that the run keeps.", int, Limits.kept_bytes,
            section="Bounds", metavar="BYTES", above=0),
    Setting("max_stored_bytes", "Bytes that the run stores.", int, Limits.stored_bytes,
            section="Bounds", metavar="BYTES", above=0),
    Setting("max_created", "Upload sessions and posts that the run makes.", int,
            section="Bounds", metavar="N", above=0),
    Setting("strict", "Fail the run for a broken SHOULD too.", bool, default=False),
    Setting("require_verified", "Exit 5 when a MUST is unverified.", bool, default=False,
            pytest=False, repeated=False, session=True),
    Setting("strict_waivers", "Exit 1 if a waiver needs a change.", bool, default=False,
            pytest=False, repeated=False),
    Setting("baseline", "Exit 1 only for failures new since this report.",
            metavar="FILE", pytest=False, repeated=False),
    Setting("max_failures", "End the run after so many failed requirements.", int,
            metavar="N", pytest=False, repeated=False, above=0),
    Setting("fail_fast", "End the run after the first failure.", bool, default=False,
            pytest=False, repeated=False),
    Setting("as_of", "Warn only for what is newer in the catalogue.",
            metavar="VERSION", pytest=False),
    Setting("build", "What is judged [the commit that CI names].",
            section="Output", metavar="ID", repeated=False, session=True),
    Setting("events", "Write a JSON line for each event; -: to stdout.",
            section="Output", metavar="FILE", pytest=False, repeated=False),
    Setting("report_dir", "Folder for the reports.", default="conformance-report",
            section="Output", metavar="DIR", pytest=False, repeated=False, session=True),
    Setting("profile_time", "Show where the time of the run went.", bool, default=False,
            section="Output", pytest=False, repeated=False),
    Setting("verbose", "Show every requirement and every proof.", bool, default=False,
            section="Output", pytest=False, repeated=False),
)  # fmt: skip

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}

#: Settings that exclude each other: the one of the highest precedence counts.
RIVALS = (("base_url", "reference", "start"),)


UNSET: tuple[Any, ...] = (None, (), [], "")


def _truth(text: str, variable: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise UsageProblem(f"{variable}={text!r}: write 1 or 0") from None
