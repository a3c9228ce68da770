#!/usr/bin/env bash
# Runs the kit, hands on its verdict, and ends with its exit code.
set -uo pipefail

environment="$RUNNER_TEMP/conformance/bin"
report="$REPORT_DIR/report.json"

command=(run --report-dir "$REPORT_DIR")
[[ -n $BASE_URL ]] && command+=(--base-url "$BASE_URL")
[[ -n $START ]] && command+=(--start "$START")
# Split into words as a shell would, but without evaluating anything.
if ! words="$("$environment/python" -c '
import shlex, sys
print("\n".join(shlex.split(sys.argv[1].replace("\n", " "))))' "$ARGUMENTS" 2>/dev/null)"; then
  echo "::error title=conformance::the input args cannot be split into words: is a quote open?"
  exit 2
fi
[[ -n $words ]] && mapfile -t words <<<"$words" && command+=("${words[@]}")
command+=(-- "$PROFILE")

[[ -n $TOKEN ]] && export CONFORMANCE_TOKEN="$TOKEN"
[[ -n $OTHER_TOKEN ]] && export CONFORMANCE_OTHER_TOKEN="$OTHER_TOKEN"
unset TOKEN OTHER_TOKEN

# A report of an earlier step must not pass for this one's.
rm -f -- "$report"
"$environment/conformance" "${command[@]}"
code=$?

verdict=""
if [[ -f $report ]]; then
  verdict="$("$environment/python" -c '
import json, sys
print(json.load(open(sys.argv[1], encoding="utf-8"))["verdict"])' "$report")"
  {
    printf 'verdict=%s\n' "$verdict"
    printf 'report=%s\n' "${report//$'\n'/}"
  } >>"$GITHUB_OUTPUT"
fi
# The kit writes its own summary; one line stands in where it came to none.
if [[ ! -s $GITHUB_STEP_SUMMARY ]]; then
  printf '**conformance**: %s (exit code %d)\n' "${verdict:-no report, see the log}" "$code" \
    >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
