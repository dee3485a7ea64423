#!/usr/bin/env bash
# Sourced by entrypoint.sh: how this runner gets into GitHub and out of it, by Runnerwatch's token broker or with a GitHub
# token of its own. Uses $home, $api, $server and say() of it; a dollar in single quotes is jq's.
# shellcheck disable=SC2016,SC2154

registration=(.runner .runner_migrated .credentials .credentials_migrated .credentials_rsaparams)
# What config.sh would believe: a proxy, certificates, variables. A job of an earlier start may have written them.
believed=(.env .path .proxy .proxycredentials .certificates)

# plain COMMAND…: runs it without the home directory, in which a job may have left a .curlrc or a .jq.
plain() { HOME=/nonexistent "$@"; }

scope() {
  if [[ -n ${GITHUB_REPOSITORY:-} && -n ${GITHUB_ORG:-} ]]; then return 1; fi
  if [[ ${GITHUB_REPOSITORY:-} == */* ]]; then echo "repos/$GITHUB_REPOSITORY"; return 0; fi
  [[ -n ${GITHUB_ORG:-} ]] && echo "orgs/$GITHUB_ORG"
}

name() { echo "${RUNNER_NAME:-$(hostname)}"; }

configured() { [[ -e $home/.runner || -e $home/.runner_migrated ]]; }

# A job may have put a directory in the place of a file.
forget() { (cd "$home" && rm -rf "${registration[@]}"); }

has_token() { [[ -n ${GITHUB_TOKEN:-} || ( -n ${GITHUB_TOKEN_FILE:-} && -s ${GITHUB_TOKEN_FILE:-} ) ]]; }

uses_broker() { [[ -n ${RUNNER_BROKER_URL:-} ]] && ! has_token; }

# As a line of curl's configuration, where a quote would end the value: secrets go through standard input, never argv.
bearer() {
  [[ $1 =~ ^[[:graph:]]+$ && $1 != *[\"\\]* ]] && printf 'header = "Authorization: Bearer %s"\n' "$1"
}

github_token() {
  local token=
  [[ -z ${GITHUB_TOKEN_FILE:-} ]] || token=$(tr -d '\r\n' <"$GITHUB_TOKEN_FILE")
  bearer "${token:-${GITHUB_TOKEN:-}}"
}

# ask_github METHOD PATH: the answer's JSON.
ask_github() {
  local header
  header=$(github_token) || { say 'no usable GitHub token: set GITHUB_TOKEN_FILE or GITHUB_TOKEN' >&2; return 1; }
  plain curl --disable --config - --silent --show-error --fail --max-time 30 --max-filesize 1048576 --request "$1" \
    --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
    "$api/$(scope)/actions/runners$2" <<<"$header"
}

# runner_token registration|remove: a fresh one-hour token.
runner_token() { ask_github POST "/$1-token" | plain jq -er '.token | strings'; }

# Whether GitHub sees another runner of this name at work, which --replace would throw out. Not known is no.
namesake_online() {
  ask_github GET "?per_page=100&name=$(plain jq -rn --arg name "$(name)" '$name | @uri')" 2>/dev/null |
    plain jq -e --arg name "$(name)" '.runners | any(.name == $name and .status == "online")' >/dev/null
}

# No labels and no runner group: those of the container's own labels count, which no job can change.
broker_body() {
  local where
  where=$(scope)
  plain jq -n --arg kind "$1" --arg scope "${where#*/}" --arg work "${RUNNER_WORK_DIR:-_work}" \
    '{kind: $kind, scope: $scope, work: $work}'
}

# ask_broker KIND: what was granted, as JSON. Fails with 1 where asking again may help, with 2 where nothing is given to
# this start of the container any more, with 3 where the broker is switched off, with 4 where nothing is given to this
# container any more.
ask_broker() {
  local header body answer status outcome
  header=$(bearer "$(cat "${RUNNER_KEY_FILE:-/run/runner-key/key}")") || { say 'no usable key: see RUNNER_KEY_FILE' >&2; return 1; }
  body=$(broker_body "$1") || return 1
  answer=$(plain curl --disable --config - --silent --show-error --noproxy '*' --max-time 60 --max-filesize 1048576 \
    --write-out '\n%{http_code}' --header 'Content-Type: application/json' --data "$body" \
    "$RUNNER_BROKER_URL/api/v1/runner-token" <<<"$header") || return 1
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [[ $status == 200 ]]; then plain jq -e .data <<<"$answer"; return "$?"; fi
  outcome=$(plain jq -r '.outcome // empty' <<<"$answer" 2>/dev/null)
  say "Runnerwatch refused ($status): $(plain jq -r '.error // empty' <<<"$answer" 2>/dev/null | head -c 500)" >&2
  case $outcome in
    already-granted | too-late) return 2 ;;
    disabled) return 3 ;;
    programs-changed) return 4 ;;
    *) return 1 ;;
  esac
}

# registration_token: from whoever gives it; fails as ask_broker does.
registration_token() {
  local granted
  if uses_broker; then
    granted=$(ask_broker registration) || return "$?"
    plain jq -er '.token | strings' <<<"$granted"
  elif namesake_online; then
    say "GitHub sees a runner $(name) online: one that was killed goes offline soon, another needs its own name" >&2
    return 1
  else
    runner_token registration
  fi
}

# Whether the runner may not update itself. Where every start registers by the broker it may not unless somebody says so:
# the programs of one that did are not its image's any more, and no start of it would be given a registration token.
stays_as_it_is() {
  local registers_always=false
  if uses_broker && [[ ${RUNNER_EPHEMERAL:-} == true || ${RUNNER_DEREGISTER:-} == true ]]; then registers_always=true; fi
  [[ ${RUNNER_DISABLE_UPDATE:-$registers_always} == true ]]
}

# configure TOKEN: registers. In a home of its own, because config.sh's is one that jobs write into.
configure() {
  local where empty code=0 options=(--unattended --replace)
  where=$(scope)
  options+=(--url "$server/${where#*/}" --name "$(name)" --work "${RUNNER_WORK_DIR:-_work}")
  [[ -z ${RUNNER_LABELS:-} ]] || options+=(--labels "$RUNNER_LABELS")
  [[ ${RUNNER_EPHEMERAL:-} != true ]] || options+=(--ephemeral)
  ! stays_as_it_is || options+=(--disableupdate)
  empty=$(mktemp -d) || return 1
  (cd "$home" && rm -rf "${registration[@]}" "${believed[@]}" &&
    HOME=$empty ACTIONS_RUNNER_INPUT_TOKEN=$1 ./config.sh "${options[@]}") || code=1
  rm -rf "$empty"
  # What a failed attempt left behind would pass for a registration.
  ((code == 0)) || forget
  return "$code"
}

# leave: takes this runner out of GitHub. Called by a trap, in which a bare `return` gives what was there before it.
leave() {
  local token
  if uses_broker; then
    removed_by_broker && forget && return 0
  else
    token=$(runner_token remove) && (cd "$home" && ACTIONS_RUNNER_INPUT_TOKEN=$token ./config.sh remove) && return 0
  fi
  # Without it the next start would run a runner that GitHub may have forgotten.
  forget
  say 'GitHub still lists this runner: it could not be taken out'
}

# For a moment GitHub may still see the job that has just ended.
removed_by_broker() {
  local try
  for try in 1 2 3; do
    ask_broker remove >/dev/null && return 0
    ((try == 3)) || sleep 2
  done
  return 1
}
