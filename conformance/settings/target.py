"""The target that the settings describe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from conformance.model.redaction import remember
from conformance.model.requirement import capability_flag
from conformance.model.shard import Shard
from conformance.problem import UsageProblem
from conformance.settings.table import SETTINGS
from conformance.target import (
    Connection,
    Limits,
    Target,
    aws_secrets,
    parsed_header,
    parsed_network,
    parsed_rate,
    parsed_resolve,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


#: Seconds for a whole run, and for one case of it, by the effort.
RUN_S = {"quick": Limits.run, "standard": Limits.run, "thorough": 3 * 60 * 60.0}
CASE_S = {"quick": Limits.case, "standard": Limits.case, "thorough": 60 * 60.0}
#: The limits that have one default, each with its setting.
_LIMITS = {
    "connect": "connect_timeout",
    "read": "read_timeout",
    "whole": "request_timeout",
    "response_bytes": "max_response_bytes",
    "retry_after": "retry_after",
    "header_bytes": "max_header_bytes",
    "json_bytes": "max_json_bytes",
    "json_depth": "max_json_depth",
    "json_values": "max_json_values",
    "url_length": "max_url_length",
    "timeouts": "max_timeouts",
    "retries": "max_retries",
    "clean_up": "cleanup_timeout",
    "requests": "max_requests",
    "kept_bytes": "max_kept_bytes",
    "stored_bytes": "max_stored_bytes",
    "concurrency": "concurrency",
}
#: The settings of how the kit connects: each command that sends to a target has them.
OF_CONNECTION = ("ca_bundle", "client_cert", "proxy", "header", "insecure")
_PLACES = tuple(setting.name for setting in SETTINGS if setting.place)


def target_from(profile: str, values: Mapping[str, Any]) -> Target:
    """Build the target from the settings; raise `UsageProblem` for a value that does not fit."""
    if not values["base_url"]:
        raise UsageProblem("no target: pass --base-url URL, --reference or --start CMD")
    for setting in SETTINGS:
        setting.check(values[setting.name])
    limits = Limits(
        **{limit: values[name] for limit, name in _LIMITS.items()},
        run=values["max_time"] or RUN_S[values["effort"]],
        case=values["case_timeout"] or CASE_S[values["effort"]],
        created=values["max_created"],
        rate=parsed_rate(values["rate"]) if values["rate"] else None,
    )
    remember(secrets_of(values))
    return Target(
        profile=profile,
        base_url=values["base_url"],
        token=values["token"] or "",
        other_token=values["other_token"] or None,
        short_lived_url=values["short_lived_url"] or None,
        s3_endpoint=values["s3_endpoint"] or None,
        s3_bucket=values["s3_bucket"] or None,
        storage_gate=values["storage_gate"],
        max_wait=values["max_wait"],
        claimed=frozenset(values["capability"]),
        storage_resolve=dict(map(parsed_resolve, values["storage_resolve"])),
        allow_network=tuple(map(parsed_network, values["allow_network"])),
        storage_host=frozenset(map(str.lower, values["storage_host"])),
        connection=connection_from(values),
        limits=limits,
        read_only=values["read_only"],
        shared=is_shared(values),
    )


def is_shared(values: Mapping[str, Any]) -> bool:
    """Return whether other shards may use the tokens at the same time.

    Raises:
        UsageProblem: The shard is not one.
    """
    shard = Shard.of_settings(values)
    return shard is not None and shard.shared


def values_from(target: Target) -> dict[str, Any]:
    """Return the settings that describe a target: `target_from` makes the same one of them."""
    limits, connection, usual = target.limits, target.connection, Limits()
    return {
        "base_url": target.base_url,
        "token": target.token,
        "other_token": target.other_token,
        "short_lived_url": target.short_lived_url,
        "s3_endpoint": target.s3_endpoint,
        "s3_bucket": target.s3_bucket,
        "storage_gate": target.storage_gate,
        "max_wait": target.max_wait,
        "capability": tuple(sorted(target.claimed)),
        "storage_resolve": tuple(f"{one}={to}" for one, to in target.storage_resolve.items()),
        "allow_network": tuple(map(str, target.allow_network)),
        "storage_host": tuple(sorted(target.storage_host)),
        "read_only": target.read_only,
        "ca_bundle": connection.ca_bundle,
        "client_cert": connection.client_cert,
        "proxy": connection.proxy,
        "header": tuple(f"{name}: {value}" for name, value in connection.headers),
        "insecure": connection.insecure,
        **{name: getattr(limits, limit) for limit, name in _LIMITS.items()},
        # The usual bounds depend on the effort.
        "max_time": limits.run if limits.run != usual.run else None,
        "case_timeout": limits.case if limits.case != usual.case else None,
        "max_created": limits.created,
        "rate": f"{limits.rate!r}/s" if limits.rate else None,
    }


def secrets_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the secrets of the settings and of the `AWS_*` variables, without a target."""
    given = (values["token"], values["other_token"], *aws_secrets())
    return (*filter(None, given), *connection_from(values).secrets)


def secrets_of_environment() -> tuple[str, ...]:
    """Return the secrets in variables: of the settings, and of AWS."""
    named = (os.environ.get(setting.variable) for setting in SETTINGS if setting.secret)
    return (*filter(None, named), *aws_secrets())


def connection_from(values: Mapping[str, Any]) -> Connection:
    """Build the connection from the settings; raise `UsageProblem` for one that does not fit."""
    return Connection(
        ca_bundle=values["ca_bundle"] or None,
        client_cert=values["client_cert"] or None,
        proxy=values["proxy"] or None,
        headers=tuple(map(parsed_header, values["header"])),
        insecure=bool(values["insecure"]),
    )


def values_of(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a target that a report describes."""
    found = {name: target[name] for name in _PLACES if name in target}
    if "max_wait_s" in target:
        found["max_wait"] = target["max_wait_s"]
    if "capabilities" in target:
        found["capability"] = tuple(
            name
            for name in target["capabilities"]
            if capability_flag(name)
            == f"--capability {name}"  # claimed by the user, not added by another flag
        )
    return found
