#!/usr/bin/env bash
# The gate in any CI: compares GATE_CAND with GATE_BASE, leaves reports beside the results, and ends with the gate's exit code.
# Needs Linux, Node 20 and bash; the inputs are those of action.yml.
set -uo pipefail

read -ra halfopen <<<"${HALFOPEN:-npx --no-install halfopen}"
: "${GATE_BASE:?the baseline, a directory or a git revision}"
results="${GATE_RESULTS:-results}"
cand="${GATE_CAND:-.}"

flags=(--base "$GATE_BASE" --cand "$cand" --inconclusive "${GATE_INCONCLUSIVE:-exit}" --budget "${GATE_BUDGET:-10m}" --out "$results")
[ -n "${GATE_EXEC:-}" ] && flags+=(--exec "$GATE_EXEC" --url "${GATE_URL:-}")
[ -n "${GATE_BUILD:-}" ] && flags+=(--build "$GATE_BUILD")
[ -n "${GATE_BARS:-}" ] && flags+=(--bars "$GATE_BARS")
[ -n "${GATE_FAULT:-}" ] && flags+=(--fault "$GATE_FAULT")

if [ "${GATE_CALIBRATE:-false}" = true ] && [ -z "${GATE_EXEC:-}" ]; then
  mkdir -p "$results"
  "${halfopen[@]}" calibrate --build "$cand" --out "$results/calibration.json" && flags+=(--calibration "$results/calibration.json")
fi

before="$(ls -1 "$results" 2>/dev/null | sort)"
"${halfopen[@]}" gate "${flags[@]}"
code=$?

# The directory that this gate made, if it came so far.
run="$(comm -13 <(printf '%s\n' "$before") <(ls -1 "$results" 2>/dev/null | sort) | tail -n 1)"
if [ -n "$run" ] && [ -f "$results/$run/run.json" ]; then
  forms=(--html "$results/$run/gate.html" --junit "$results/$run/gate.xml")
  [ -n "${GITHUB_STEP_SUMMARY:-}" ] && forms+=(--markdown "$GITHUB_STEP_SUMMARY")
  [ -n "${GITHUB_ACTIONS:-}" ] && forms+=(--annotations)
  "${halfopen[@]}" report "$results/$run" "${forms[@]}"
fi
[ -n "${GITHUB_OUTPUT:-}" ] && echo "exit-code=$code" >>"$GITHUB_OUTPUT"
exit "$code"
