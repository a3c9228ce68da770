"""Run the command line as `python -m conformance`."""

from conformance.cli.main import program

program()
