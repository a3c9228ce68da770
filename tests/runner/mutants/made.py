"""Mutants and runs that tests make up."""

from __future__ import annotations

from collections import Counter
from typing import Any

from conformance.runner.mutants.derivation import Mutant
from conformance.runner.mutants.levels import MUST
from conformance.runner.mutants.trial import Held
from conformance.servers.mutated import Mutation


def mutant(
    name: str = "m",
    operation: str = "get_media",
    *,
    level: str = MUST,
    where: str = "once",
    refusal: bool = False,
) -> Mutant:
    mutation = Mutation(name, operation, "body", "/data", "null", refusal=refusal)
    return Mutant(mutation, level, ("X-1", "X-2"), "The page says so.", where)


def held(*mutants: Mutant, code: int | None = 1, strikes: int = 3, **more: Any) -> Held:
    counted = Counter({one.id: strikes for one in mutants})
    return Held(list(mutants), code=code, strikes=counted, **more)
