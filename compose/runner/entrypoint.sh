#!/usr/bin/env bash
# Registers this container as a self-hosted runner, keeps it running, and ends it in good order.
#
# When run.sh ends though nobody asked, the container stays up: the health check turns unhealthy at once, and whoever
# heals (Runnerwatch) decides by all evidence, with a budget. A container that ended instead would be restarted blindly
# and for ever, and run.sh says 0 for almost every reason. RUNNER_EXIT_ON_FAILURE=true is for those who want just that.
#
# A restart keeps the registration; a container made anew registers anew and takes over its name (--replace): names must
# be unique. On TERM a running job may end first, for as long as RUNNER_DRAIN_TIMEOUT says.
#
#   GITHUB_REPOSITORY or GITHUB_ORG   where to register: owner/name, or an organisation
#   GITHUB_TOKEN_FILE, GITHUB_TOKEN   a token that may create registration tokens; the file comes first
#   RUNNER_NAME, RUNNER_LABELS        its name at GitHub (the host name), further labels (none)
#   GITHUB_API_URL, GITHUB_SERVER_URL GitHub itself, or an Enterprise Server
#   RUNNER_WORK_DIR                   the jobs' directory (_work)
#   RUNNER_EPHEMERAL                  true: one job, then end
#   RUNNER_DISABLE_UPDATE             true: the runner never updates itself
#   RUNNER_DEREGISTER                 true: every stop takes it out of GitHub, every start registers it
#   RUNNER_DRAIN_TIMEOUT              seconds that a job may take after TERM (75); less than stop_grace_period
#   RUNNER_RETRY_SECONDS              pause after a failed registration (5); doubles each time, up to 5 minutes
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${RUNNER_HOME:-/home/runner}
state=${RUNNER_STATE_DIR:-$home/.runnerwatch}
api=${GITHUB_API_URL:-https://api.github.com}
server=${GITHUB_SERVER_URL:-https://github.com}
registration=(.runner .runner_migrated .credentials .credentials_migrated .credentials_rsaparams)
runner_pid=
nap_pid=

# shellcheck source-path=SCRIPTDIR source=processes.sh
source "$here/processes.sh"

say() { printf 'runner-entrypoint: %s\n' "$*"; }

die() {
  printf 'runner-entrypoint: %s\n' "$@" >&2
  exit 1
}

# nap SECONDS: a sleep that a signal cuts short, because bash runs a trap only between two commands or in `wait`.
nap() {
  sleep "$1" &
  nap_pid=$!
  wait "$nap_pid"
}

scope() {
  if [[ -n ${GITHUB_REPOSITORY:-} && -n ${GITHUB_ORG:-} ]]; then return 1; fi
  if [[ ${GITHUB_REPOSITORY:-} == */* ]]; then echo "repos/$GITHUB_REPOSITORY"; return; fi
  [[ -n ${GITHUB_ORG:-} ]] && echo "orgs/$GITHUB_ORG"
}

github_token() {
  local token=
  [[ -z ${GITHUB_TOKEN_FILE:-} ]] || token=$(tr -d '\r\n' <"$GITHUB_TOKEN_FILE")
  token=${token:-${GITHUB_TOKEN:-}}
  # It becomes a line of curl's configuration, where a quote would end the value.
  [[ $token =~ ^[[:graph:]]+$ && $token != *[\"\\]* ]] && printf '%s' "$token"
}

# runner_token registration|remove: a fresh one-hour token. The GitHub token goes through standard input, never argv.
runner_token() {
  local token answer
  token=$(github_token) || { say 'no usable GitHub token: set GITHUB_TOKEN_FILE or GITHUB_TOKEN' >&2; return 1; }
  answer=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --config - --silent --show-error --fail --max-time 30 --max-filesize 65536 --request POST \
      --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
      "$api/$(scope)/actions/runners/$1-token") || return 1
  jq -er '.token | strings' <<<"$answer"
}

configured() { [[ -e $home/.runner || -e $home/.runner_migrated ]]; }

register() {
  local token where options=(--unattended --replace)
  token=$(runner_token registration) || return 1
  where=$(scope)
  options+=(--url "$server/${where#*/}" --name "${RUNNER_NAME:-$(hostname)}" --work "${RUNNER_WORK_DIR:-_work}")
  [[ -z ${RUNNER_LABELS:-} ]] || options+=(--labels "$RUNNER_LABELS")
  [[ ${RUNNER_EPHEMERAL:-} != true ]] || options+=(--ephemeral)
  [[ ${RUNNER_DISABLE_UPDATE:-} != true ]] || options+=(--disableupdate)
  (cd "$home" && rm -f "${registration[@]}" && ACTIONS_RUNNER_INPUT_TOKEN=$token ./config.sh "${options[@]}")
}

register_until_done() {
  local pause=${RUNNER_RETRY_SECONDS:-5}
  until configured; do
    register && break
    # What a failed attempt left behind would pass for a registration.
    (cd "$home" && rm -f "${registration[@]}")
    say "registration failed; trying again in $pause s"
    nap "$pause"
    pause=$((pause * 2 > 300 ? 300 : pause * 2))
  done
}

deregister() {
  local token
  token=$(runner_token remove) && (cd "$home" && ACTIONS_RUNNER_INPUT_TOKEN=$token ./config.sh remove) && return
  # Without it the next start would run a runner that GitHub may have forgotten.
  (cd "$home" && rm -f "${registration[@]}")
  say 'GitHub still lists this runner: it could not be taken out'
}

drain() {
  local end=$((SECONDS + ${RUNNER_DRAIN_TIMEOUT:-75}))
  if alive Runner.Worker; then say 'waiting for the running job'; fi
  while ((SECONDS < end)) && alive Runner.Worker; do sleep 0.5; done
}

on_signal() {
  trap '' TERM INT
  [[ -z $nap_pid ]] || kill "$nap_pid" 2>/dev/null
  if [[ -n $runner_pid ]] && kill -0 "$runner_pid" 2>/dev/null; then
    drain
    kill -TERM "$runner_pid" 2>/dev/null
    wait "$runner_pid"
  fi
  if [[ ${RUNNER_DEREGISTER:-} == true ]] && configured; then deregister; fi
  exit 0
}

# A job has no business with the token that registers runners. (It can still read the secret's file and this script's
# own environment, as any process of this user can: prefer a token that may do nothing else.)
start_runner() {
  local code=0
  (cd "$home" && exec env -u GITHUB_TOKEN -u GITHUB_TOKEN_FILE ./run.sh) &
  runner_pid=$!
  wait "$runner_pid" || code=$?
  echo "$code" >"$state/ended"
  say "run.sh ended with code $code though nobody asked"
  # After its one job an ephemeral runner is done: the restart policy brings the next one.
  if [[ ${RUNNER_EPHEMERAL:-} == true ]]; then exit "$code"; fi
  if [[ ${RUNNER_EXIT_ON_FAILURE:-} == true ]]; then exit $((code == 0 ? 1 : code)); fi
}

main() {
  scope >/dev/null || die 'set one of GITHUB_REPOSITORY (owner/name) and GITHUB_ORG'
  { mkdir -p "$state" && rm -f "$state/ended" && touch "$state/listener-seen"; } || die "cannot write to $state"
  trap on_signal TERM INT
  if ! configured; then register_until_done; fi
  start_runner
  say 'staying up for the health check to say so; restart this container to run it again'
  while :; do nap 3600; done
}

main
