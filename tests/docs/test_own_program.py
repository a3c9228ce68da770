"""The page of the Python face names what there is, and all of it."""

from __future__ import annotations

import inspect
import re

import conformance
from tests.docs import pages

PAGE = pages.everything()["guides/own-program.md"]
_NOT_ON_THE_PAGE = {"__version__"}


def first_column(heading: str) -> str:
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return "\n".join(line.split("|")[1] for line in table.splitlines()[2:])


def test_every_public_name_is_on_the_page() -> None:
    assert all(name in PAGE for name in set(conformance.__all__) - _NOT_ON_THE_PAGE)


def test_the_names_of_the_table_are_public() -> None:
    named = set(re.findall(r"`(\w+)", first_column("name")))

    assert len(named) > 5
    assert named <= set(conformance.__all__)


def test_the_arguments_are_those_of_validate() -> None:
    named = re.findall(r"`(\w+)`", first_column("argument"))

    assert ["target", *named] == list(inspect.signature(conformance.validate).parameters)


def test_the_examples_are_python() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    assert len(examples) >= 3
    for example in examples:
        compile(example, "own-program.md", "exec")
