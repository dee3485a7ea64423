#!/usr/bin/env bash
# Sourced by entrypoint.sh and health-check.sh: finds the runner's processes in /proc, because not every image has ps.

# alive NAME: whether a process of that program runs. NAME is the program itself or, after an interpreter, its script;
# further arguments do not count, so that a job's `pgrep -f Runner.Worker` is no worker.
alive() {
  local dir argv
  for dir in "${RUNNER_PROC:-/proc}"/[0-9]*; do
    # A process may end between the listing and the reading; a zombie has no command line.
    { mapfile -t -n 2 -d '' argv <"$dir/cmdline"; } 2>/dev/null || continue
    argv+=('' '')
    if [[ ${argv[0]##*/} == "$1" || ${argv[1]##*/} == "$1" ]]; then return 0; fi
  done
  return 1
}
