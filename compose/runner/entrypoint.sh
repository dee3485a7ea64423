#!/usr/bin/env bash
# Registers this container as a self-hosted runner, keeps it running, and ends it in good order.
#
# When run.sh ends though nobody asked, the container stays up: the health check turns unhealthy at once, and whoever
# heals (Runnerwatch) decides by all evidence, with a budget. A container that ended instead would be restarted blindly
# and for ever, and run.sh says 0 for almost every reason. RUNNER_EXIT_ON_FAILURE=true is for those who want just that.
#
# A restart keeps the registration, unless GitHub had forgotten it; a container made anew registers anew and takes over
# the registration of its name, unless GitHub sees that one online. On TERM a running job may end first, for as long as
# RUNNER_DRAIN_TIMEOUT says. A start makes room where room is short, before a job could run: see space.sh.
#
# With the token broker nothing that is worth stealing is ever in this container while a job runs. Runnerwatch gives once
# for each start, and only in its first five minutes: so no job may start before that one time is used up, or over.
#
#   GITHUB_REPOSITORY or GITHUB_ORG   where to register: owner/name, or an organisation
#   RUNNER_BROKER_URL                 Runnerwatch, which asks GitHub in this container's place
#   RUNNER_KEY_FILE                   this runner's key for it (/run/runner-key/key)
#   GITHUB_TOKEN_FILE, GITHUB_TOKEN   in the place of the broker, a token that may create registration tokens: every job
#                                     can read it; the file comes first
#   RUNNER_NAME, RUNNER_LABELS        its name at GitHub (the host name), further labels (none); with RUNNER_JIT Docker's
#                                     labels runnerwatch.runner, runnerwatch.runner-labels and runnerwatch.runner-group count
#   GITHUB_API_URL, GITHUB_SERVER_URL GitHub itself, or an Enterprise Server
#   HTTPS_PROXY, HTTP_PROXY, NO_PROXY the way out, for the runner and its jobs; in small letters as well
#   RUNNER_DOCKER_DECOY               true: DOCKER_HOST leads jobs without Docker to Runnerwatch; see decoys.sh
#   RUNNER_WORK_DIR                   the jobs' directory (_work)
#   RUNNER_MIN_FREE_BYTES             with less of it free a start makes room (1073741824)
#   RUNNER_EPHEMERAL                  true: one job, then end
#   RUNNER_JIT                        true: the same, by a just-in-time configuration of the broker
#   RUNNER_DISABLE_UPDATE             true: the runner never updates itself; false: it may, also where every start registers
#                                     by the broker (RUNNER_EPHEMERAL, RUNNER_DEREGISTER), where unset means true
#   RUNNER_DEREGISTER                 true: every stop takes it out of GitHub, every start registers it
#   RUNNER_DRAIN_TIMEOUT              seconds that a job may take after TERM (75); less than stop_grace_period
#   RUNNER_RETRY_SECONDS              pause after a failed registration (5, with the broker 1); doubles each time, up to 5
#                                     minutes, with the broker half a minute
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${RUNNER_HOME:-/home/runner}
state=${RUNNER_STATE_DIR:-$home/.runnerwatch}
api=${GITHUB_API_URL:-https://api.github.com}
server=${GITHUB_SERVER_URL:-https://github.com}
# Longer than Runnerwatch gives to a start: Docker dates that start after this script's own, and bash counts whole seconds.
# Only tests may be faster.
closed_after=${RUNNER_BROKER_SECONDS:-330}
runner_pid=
nap_pid=
jit_config=

# shellcheck source-path=SCRIPTDIR source=processes.sh
source "$here/processes.sh"
# shellcheck source-path=SCRIPTDIR source=session.sh
source "$here/session.sh"
# shellcheck source-path=SCRIPTDIR source=space.sh
source "$here/space.sh"
# shellcheck source-path=SCRIPTDIR source=decoys.sh
source "$here/decoys.sh"
# shellcheck source-path=SCRIPTDIR source=registration.sh
source "$here/registration.sh"

say() { printf 'runner-entrypoint: %s\n' "$*"; }

die() {
  printf 'runner-entrypoint: %s\n' "$@" >&2
  exit 1
}

# nap SECONDS: a sleep that a signal cuts short, because bash runs a trap only between two commands or in `wait`.
nap() {
  # Without our output: one that a signal leaves over would keep whoever reads it waiting.
  sleep "$1" >/dev/null 2>&1 &
  nap_pid=$!
  wait "$nap_pid"
}

# note REASON: what the health check tells while no listener runs.
note() { echo "$1" >"$state/reason"; }

# stay_up WHY: for the health check to tell why no listener runs.
stay_up() {
  say "$1"
  while :; do nap 3600; done
}

# end_unregistered: no restart mends this, so that none is asked for.
end_unregistered() {
  note programs-changed
  say 'no start of this container can register: its programs are not those of its image any more'
  [[ ${RUNNER_EXIT_ON_FAILURE:-} != true ]] || exit 1
  stay_up 'make the container anew, by the name of its service: docker compose up -d --force-recreate SERVICE'
}

# until_done WHAT COMMAND…: tries with longer and longer pauses. With 2, this start gets nothing more: the next one may.
# With 4, none does.
until_done() {
  local what=$1 pause=${RUNNER_RETRY_SECONDS:-5} longest=300 code
  shift
  # The broker is near, may be about to start itself, and gives in a start's first minutes only.
  if uses_broker; then pause=${RUNNER_RETRY_SECONDS:-1} longest=30; fi
  while :; do
    code=0
    "$@" || code=$?
    ((code == 0)) && return 0
    ((code != 2)) || die "$what failed: this container has to be started anew"
    ((code != 4)) || end_unregistered
    say "$what failed; trying again in $pause s"
    nap "$pause"
    pause=$((pause * 2 > longest ? longest : pause * 2))
  done
}

register() {
  local token
  token=$(registration_token) || return "$?"
  configure "$token"
}

get_jit_config() {
  local granted
  granted=$(ask_broker jit) || return "$?"
  jit_config=$(plain jq -er '.encoded_jit_config | strings' <<<"$granted")
}

# close_start: uses up what this start could be given, or waits until it is over, before a job could ask.
close_start() {
  local code pause=${RUNNER_RETRY_SECONDS:-1}
  while ((SECONDS < closed_after)); do
    code=0
    ask_broker kept >/dev/null || code=$?
    ((code == 1)) || return 0
    say 'waiting for Runnerwatch before jobs may start'
    nap "$pause"
    pause=$((pause * 2 > 10 ? 10 : pause * 2))
  done
}

join() {
  if [[ ${RUNNER_JIT:-} == true ]]; then
    uses_broker || die 'RUNNER_JIT needs RUNNER_BROKER_URL, and no GitHub token'
    forget
    until_done 'the just-in-time configuration' get_jit_config
  elif ! configured; then
    until_done registration register
  elif uses_broker; then
    note waiting
    close_start
  fi
}

drain() {
  local end=$((SECONDS + ${RUNNER_DRAIN_TIMEOUT:-75}))
  alive Runner.Worker || return 0
  say 'waiting for the running job'
  while ((SECONDS < end)) && alive Runner.Worker; do sleep 0.5; done
  # The listener has yet to tell GitHub of the end.
  if ((SECONDS < end)); then sleep 1; fi
}

on_signal() {
  trap '' TERM INT
  [[ -z $nap_pid ]] || kill "$nap_pid" 2>/dev/null
  if [[ -n $runner_pid ]] && kill -0 "$runner_pid" 2>/dev/null; then
    drain
    kill -TERM "$runner_pid" 2>/dev/null
    wait "$runner_pid"
  fi
  keep_touched
  if [[ -n $jit_config ]] || { [[ ${RUNNER_DEREGISTER:-} == true ]] && configured; }; then leave; fi
  exit 0
}

# The token that registers runners is no business of a job. (It can still read the secret's file and this script's own
# environment, as any process of this user can: that is what the broker is for.)
start_runner() {
  local code=0 reason
  rm -f "$state/reason"
  (
    cd "$home" || exit
    [[ -z $jit_config ]] || export ACTIONS_RUNNER_INPUT_JITCONFIG=$jit_config
    exec env -u GITHUB_TOKEN -u GITHUB_TOKEN_FILE -u RUNNER_KEY_FILE ./run.sh
  ) &
  runner_pid=$!
  wait "$runner_pid" || code=$?
  keep_touched
  reason=$(exit_reason "$code")
  note "$reason"
  echo "$code" >"$state/ended"
  say "run.sh ended with code $code though nobody asked: $reason"
  # After its one job an ephemeral runner is done: the restart policy brings the next one.
  if [[ ${RUNNER_EPHEMERAL:-} == true || -n $jit_config ]]; then exit "$code"; fi
  if [[ ${RUNNER_EXIT_ON_FAILURE:-} == true ]]; then exit $((code == 0 ? 1 : code)); fi
}

# hand_on: what the runner and its jobs get from this script.
hand_on() {
  local variable
  for variable in http_proxy https_proxy no_proxy; do
    local upper=${variable^^}
    [[ -z ${!upper:-} || -n ${!variable:-} ]] || export "$variable=${!upper}"
  done
  export ACTIONS_RUNNER_HOOK_JOB_STARTED=${ACTIONS_RUNNER_HOOK_JOB_STARTED-$here/job-started.sh}
  export ACTIONS_RUNNER_HOOK_JOB_COMPLETED=${ACTIONS_RUNNER_HOOK_JOB_COMPLETED-$here/job-completed.sh}
}

tell_token() {
  has_token || return 0
  touch "$state/github-token"
  say 'WARNING: a GitHub token that registers runners is in this container, where every job can read it.'
  say 'WARNING: leave out GITHUB_TOKEN and GITHUB_TOKEN_FILE, and set RUNNER_BROKER_URL; docs/runner.md says how.'
}

# begin_anew: what the start before left, a job's pipes and links in its place among it, counts no more.
begin_anew() {
  # GitHub had forgotten the registration: with it, run.sh would only end again.
  if [[ -f $state/reason && $(head -c 32 "$state/reason") == registration-gone ]]; then forget; fi
  mkdir -p "$state" && rm -rf "$state"/{ended,reason,egress,listener-seen,github-token,made-room,decoy} || return 1
  # On a full disk nothing could be written. Beside this script, which has to hear signals meanwhile.
  make_room &
  nap_pid=$!
  wait "$nap_pid"
  touch "$state/listener-seen" && note not-registered
}

main() {
  scope >/dev/null || die 'set one of GITHUB_REPOSITORY (owner/name) and GITHUB_ORG'
  trap on_signal TERM INT
  begin_anew || die "cannot write to $state"
  tell_token
  if uses_broker; then hang_decoys; fi
  hand_on
  join
  start_runner
  stay_up 'staying up for the health check to say so; restart this container to run it again'
}

main
