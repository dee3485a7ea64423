#!/usr/bin/env bash
# Keeps the listener alive: run-helper.sh tells by exit code 2 that it wants to be started again.
# RUNNER_MANUALLY_TRAP_SIG=1 hands TERM and INT to the listener, as a container's first process has to.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

run_trapped() {
  set -m # the helper gets a process group of its own that the signal reaches as a whole
  trap 'kill -INT -- -"$helper" 2>/dev/null' INT TERM
  ./run-helper.sh "$@" &
  helper=$!
  wait "$helper"
  local code=$?
  # A trapped signal ends the first wait early; the second one is for the helper's own end.
  while kill -0 "$helper" 2>/dev/null; do
    wait "$helper"
    code=$?
  done
  return "$code"
}

while :; do
  if [[ ${RUNNER_MANUALLY_TRAP_SIG:-} == 1 ]]; then run_trapped "$@"; else ./run-helper.sh "$@"; fi
  code=$?
  if ((code != 2)); then
    echo 'Exiting runner...'
    exit "$code"
  fi
  echo 'Restarting runner...'
done
