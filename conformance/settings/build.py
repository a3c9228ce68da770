"""What is judged: the build that the user names, or the commit that the CI system names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The variables in which CI systems say which commit they run.
COMMITS = (
    "GITHUB_SHA",
    "CI_COMMIT_SHA",  # GitLab
    "BITBUCKET_COMMIT",
    "BUILDKITE_COMMIT",
    "BUILD_SOURCEVERSION",  # Azure Pipelines
    "CIRCLE_SHA1",
    "DRONE_COMMIT_SHA",
    "GIT_COMMIT",  # Jenkins
    "TRAVIS_COMMIT",
)
_LONGEST_CHARACTERS = 200


def build_of(values: Mapping[str, Any], variables: Mapping[str, str] = os.environ) -> str:
    """Return the build that a run judges, as far as anybody says so; empty otherwise.

    Args:
        values: The settings.
        variables: The environment.
    """
    found = [values["build"], *(variables.get(name) for name in COMMITS)]
    return next((one.strip()[:_LONGEST_CHARACTERS] for one in found if one and one.strip()), "")
