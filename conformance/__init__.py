"""A contract-conformance kit for media-upload APIs that hand out pre-signed S3 URLs.

    import conformance

    target = conformance.Target("feedhive", "http://127.0.0.1:8000", token="...")
    report = conformance.validate(target, effort="quick")
    assert report.verdict == "conformant", conformance.render(report)

The names below are loaded when they are first used: `import conformance` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from conformance.version import __version__

if TYPE_CHECKING:
    from conformance.asgi import serving
    from conformance.connection import Connection
    from conformance.model.requirement import Requirement
    from conformance.problem import KitFault, Problem, TargetProblem, UsageProblem
    from conformance.reports.report import Report
    from conformance.runner.validation import render, requirements, validate
    from conformance.target import Limits, Target
    from conformance.wsgi import serving_wsgi

__all__ = [
    "Connection",
    "KitFault",
    "Limits",
    "Problem",
    "Report",
    "Requirement",
    "Target",
    "TargetProblem",
    "UsageProblem",
    "__version__",
    "render",
    "requirements",
    "serving",
    "serving_wsgi",
    "validate",
]

# The module of each name.
_HOMES = {
    "Connection": "conformance.connection",
    "KitFault": "conformance.problem",
    "Limits": "conformance.target",
    "Problem": "conformance.problem",
    "Report": "conformance.reports.report",
    "Requirement": "conformance.model.requirement",
    "Target": "conformance.target",
    "TargetProblem": "conformance.problem",
    "UsageProblem": "conformance.problem",
    "render": "conformance.runner.validation",
    "requirements": "conformance.runner.validation",
    "serving": "conformance.asgi",
    "serving_wsgi": "conformance.wsgi",
    "validate": "conformance.runner.validation",
}


if not TYPE_CHECKING:  # a type checker knows the names from above, and no other

    def __getattr__(name: str) -> Any:
        """Load a name of `__all__` when it is used."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'conformance' has no attribute {name!r}")
        return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    """Name everything that can be used."""
    return sorted({*globals(), *__all__})
