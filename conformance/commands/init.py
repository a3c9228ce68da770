"""`conformance init`."""

import click


@click.command()
def init() -> int:
    return 0
