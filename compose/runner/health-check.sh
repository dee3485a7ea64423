#!/usr/bin/env bash
# Says in one line of key=value facts how the runner in this container is, and by its exit code whether it is healthy.
# Docker keeps the line (docker inspect: State.Health.Log), and Runnerwatch reads it from there.
#
# Healthy: a job runs, or the listener is there, or it is missing for a short while only, as during its own update.
# Unhealthy: run.sh has ended, or there is no listener for RUNNER_LISTENER_GRACE seconds (60). What GitHub or the network
# does is a fact and no verdict: a restart mends neither.
#
#   listener, worker     1 while the process lives
#   session              the last word of the listener's log: good, connecting, gone, conflict, deprecated or unknown
#   exit_code            what run.sh ended with; only where it ended
#   disk_free_bytes, disk_free_inodes   of the jobs' directory
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${RUNNER_HOME:-/home/runner}
state=${RUNNER_STATE_DIR:-$home/.runnerwatch}
grace=${RUNNER_LISTENER_GRACE:-60}
# What the listener's log says of its session.
words='Session created|Listening for Jobs|Runner reconnected|Runner connect error'
words+='|was not found|registration has been deleted|session for this runner already exists|is deprecated'

# shellcheck source-path=SCRIPTDIR source=processes.sh
source "$here/processes.sh"

as_fact() { if "$@"; then echo 1; else echo 0; fi; }

# Only the end of the log is read: it can be large.
session() {
  local logs=("$home"/_diag/Runner_*.log) line
  [[ -e ${logs[-1]} ]] || { echo unknown; return; }
  # Their names end in the time, so that the last of them is the newest.
  line=$(tail -c 262144 "${logs[-1]}" | grep -aoE "$words" | tail -n 1)
  case $line in
    'Session created' | 'Listening for Jobs' | 'Runner reconnected') echo good ;;
    'Runner connect error') echo connecting ;;
    *'was not found' | 'registration has been deleted') echo gone ;;
    *'already exists') echo conflict ;;
    *deprecated) echo deprecated ;;
    *) echo unknown ;;
  esac
}

disk() {
  local blocks size inodes work=${RUNNER_WORK_DIR:-_work}
  [[ $work == /* ]] || work=$home/$work
  [[ -d $work ]] || work=$home
  read -r blocks size inodes < <(stat --file-system --format '%a %S %d' "$work") || return
  echo "disk_free_bytes=$((blocks * size)) disk_free_inodes=$inodes"
}

missing_for() { echo $(($(date +%s) - $(stat --format %Y "$state/listener-seen" 2>/dev/null || echo 0))); }

verdict() {
  ((worker)) && return 0
  [[ ! -e $state/ended ]] || return 1
  if ((listener)); then touch "$state/listener-seen"; return 0; fi
  (($(missing_for) < grace))
}

listener=$(as_fact alive Runner.Listener)
worker=$(as_fact alive Runner.Worker)
facts="listener=$listener worker=$worker session=$(session)"
[[ ! -e $state/ended ]] || facts+=" exit_code=$(<"$state/ended")"
echo "$facts $(disk)"
verdict
