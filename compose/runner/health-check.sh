#!/usr/bin/env bash
# Says in one line of key=value facts how the runner in this container is, and by its exit code whether it is healthy.
# Docker keeps the line (docker inspect: State.Health.Log), and Runnerwatch reads it from there.
#
# Healthy: a job runs, or the listener is there, or it is missing for a short while only, as during its own update.
# Unhealthy: not registered, or run.sh has ended, or there is no listener for RUNNER_LISTENER_GRACE seconds (60). Degraded:
# healthy, but GitHub or the network, the disk or the clock is not as it should be; a restart mends none of these, so the
# exit code is 0.
#
#   state                healthy, degraded or unhealthy
#   listener, worker     1 while the process lives
#   session              the last word of the listener's log: good, connecting, gone, conflict, deprecated or unknown
#   session_age_seconds  since the log last said that all is well
#   exit_code            what run.sh ended with; only where it ended
#   reason               why no listener runs: not-registered, programs-changed (no start of this container can register: it
#                        has to be made anew), waiting (for Runnerwatch, before jobs may start), registration-gone, session-conflict, version-deprecated, killed or ended; only
#                        where entrypoint.sh knows
#   github_token         1 where a token that registers runners is in the container, for every job to read
#   decoy_touched        1 where a job read the decoy of decoys.sh; only where it hangs
#   disk_free_bytes, disk_free_inodes   of the jobs' directory; of that of the logs, _diag, where that one is full
#   made_room_bytes      what this start had to free, because room was short
#   egress               1 where GitHub's API answered, 0 where nothing came back; asked every RUNNER_EGRESS_INTERVAL
#                        seconds (300), 0 never asks
#   clock_skew_seconds   how far this machine's clock is ahead of GitHub's
#   agent_id             GitHub's id of the registration in this container: the same name may be registered by others
set -uo pipefail

here=${BASH_SOURCE[0]%/*}
home=${RUNNER_HOME:-/home/runner}
state=${RUNNER_STATE_DIR:-$home/.runnerwatch}
grace=${RUNNER_LISTENER_GRACE:-60}
api=${GITHUB_API_URL:-https://api.github.com}
# GitHub refuses a clock that is off by more.
max_skew=60

# shellcheck source-path=SCRIPTDIR source=processes.sh
source "$here/processes.sh"
# shellcheck source-path=SCRIPTDIR source=session.sh
source "$here/session.sh"
# shellcheck source-path=SCRIPTDIR source=space.sh
source "$here/space.sh"
# shellcheck source-path=SCRIPTDIR source=decoys.sh
source "$here/decoys.sh"

# Docker runs this all the time, on small machines too: it starts a process only where bash itself cannot.

# word FILE BYTES: sets word to the first line of a file, or its beginning; empty where there is none.
word() {
  word=''
  [[ -f $1 ]] && IFS= read -r -n "$2" word <"$1"
}

# Sets bytes and inodes.
disk() {
  local work
  if [[ -d $home/_diag ]] && logs_are_short; then return 0; fi
  work=$(work_directory)
  [[ -d $work ]] || work=$home
  measure "$work"
}

# Asks GitHub what costs nothing of its limits, and keeps the answer: facts, and when they were true.
look_out() {
  local headers date reached=1
  headers=$(HOME=/nonexistent curl --disable --silent --max-time 4 --max-filesize 65536 --output /dev/null --dump-header - "$api/rate_limit")
  # Also a refusal is an answer; one that is too large has headers as well.
  [[ $headers == HTTP/* ]] || reached=0
  date=$(sed -n 's/^[Dd]ate: //p' <<<"$headers" | tail -n 1 | tr -d '\r')
  read_age "$date"
  echo "$reached $age" >"$state/egress"
}

# read_age TIME: sets age to the seconds since then; empty where that is no time.
read_age() {
  local at
  age=''
  if [[ -n $1 ]] && at=$(date -d "$1" +%s 2>/dev/null); then age=$((EPOCHSECONDS - at)); fi
}

# Sets egress and skew, empty where nobody asked.
egress() {
  local interval=${RUNNER_EGRESS_INTERVAL:-300} asked
  egress='' skew=''
  ((interval > 0)) || return 0
  asked=$(stat --format %Y "$state/egress" 2>/dev/null || echo 0)
  if ((EPOCHSECONDS - asked >= interval)); then look_out; fi
  [[ ! -f $state/egress ]] || read -r egress skew <"$state/egress"
  [[ $egress =~ ^[01]$ ]] || egress=''
  [[ $skew =~ ^-?[0-9]{1,9}$ ]] || skew=''
}

# Sets agent_id. The file begins with a byte-order mark, and a job may have written anything into it: digits, and not many of
# them, of the file's beginning.
read_agent_id() {
  local file=$home/.runner text='' LC_ALL=C
  local number='"agentId"[[:space:]]*:[[:space:]]*([0-9]{1,15})([[:space:],}]|$)'
  agent_id=''
  [[ -f $file ]] || file=$home/.runner_migrated
  [[ -f $file ]] || return 0
  IFS= read -r -N 65536 text <"$file"
  if [[ $text =~ $number ]]; then agent_id=${BASH_REMATCH[1]}; fi
}

is_missing_for_long() {
  local seen
  seen=$(stat --format %Y "$state/listener-seen" 2>/dev/null || echo 0)
  ((EPOCHSECONDS - seen >= grace))
}

works() {
  ((worker)) && return 0
  # One that has not begun yet has no listener to be missed for a while.
  [[ ! -e $state/ended && ! $reason =~ ^(not-registered|programs-changed|waiting)$ ]] || return 1
  # A file that is emptied anew has a new time.
  if ((listener)); then : >"$state/listener-seen"; return 0; fi
  ! is_missing_for_long
}

is_well() {
  local off=${skew#-}
  [[ $session != connecting && $egress != 0 ]] && ((${off:-0} <= max_skew)) &&
    ((${bytes:-min_bytes} >= min_bytes && ${inodes:-min_inodes} >= min_inodes))
}

# fact NAME VALUE: one pair; what nobody knows is left out. A word, whatever a job may have written into a file.
fact() { [[ ! $2 =~ ^[a-z0-9.-]{1,32}$ ]] || facts+=" $1=$2"; }

listener=0 worker=0
if alive Runner.Listener; then listener=1; fi
if alive Runner.Worker; then worker=1; fi
read_session
word "$state/reason" 32
reason=$word
disk
egress
if ! works; then verdict=unhealthy; elif is_well; then verdict=healthy; else verdict=degraded; fi
facts="state=$verdict"
fact listener "$listener"
fact worker "$worker"
fact session "$session"
read_age "$good_stamp"
fact session_age_seconds "$age"
word "$state/ended" 8
fact exit_code "$word"
fact reason "$reason"
[[ ! -e $state/github-token ]] || fact github_token 1
if decoy_hangs; then
  touched=0
  if decoy_touched; then touched=1; fi
  fact decoy_touched "$touched"
fi
fact disk_free_bytes "$bytes"
fact disk_free_inodes "$inodes"
word "$state/made-room" 16
fact made_room_bytes "$word"
fact egress "$egress"
fact clock_skew_seconds "$skew"
read_agent_id
fact agent_id "$agent_id"
echo "$facts"
[[ $verdict != unhealthy ]]
