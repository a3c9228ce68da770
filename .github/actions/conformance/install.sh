#!/usr/bin/env bash
# Installs the kit into an environment of its own, so that the job's Python stays as it is.
set -euo pipefail

environment="$RUNNER_TEMP/conformance"

if [[ ! -x $environment/bin/conformance ]]; then
  if [[ -n ${VERSION:-} ]]; then
    kit="media-conformance==$VERSION"
  else
    # The action's own repository, at the very commit that the workflow names.
    kit="$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)"
  fi
  python3 -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$kit"
fi
"$environment/bin/conformance" --version
