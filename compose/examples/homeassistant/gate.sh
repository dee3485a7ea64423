#!/usr/bin/env bash
# Lies on the Home Assistant host, and is all that the deploy key may run there:
#   restrict,command="bash /data/gate.sh" ssh-ed25519 AAAA…
# What the other side asks for is one of six words; nothing of it is ever run as a command. docs/deploy-homeassistant.md
# says how to set it up.
#
#   remember      prints the commit of /config; fails where files of the repository were changed by hand
#   update SHA    checks out this commit, if it belongs to the branch
#   return SHA    checks out the commit from which the last update came, if it is this one
#   check         Home Assistant's own check of the configuration
#   restart       restarts Home Assistant
#   health        prints its state; 0 when it runs, and not in recovery or safe mode
set -euo pipefail
export LC_ALL=C GIT_TERMINAL_PROMPT=0

config=${HOMEASSISTANT_CONFIG:-/config}
branch=${HOMEASSISTANT_BRANCH:-main}
# Where a session that is no login gets the Supervisor's token from: without it `ha` is refused.
profile=${HOMEASSISTANT_PROFILE:-/etc/profile.d/homeassistant.sh}
before=refs/deploy/before

fail() {
  echo "gate: $1" >&2
  exit "${2:-1}"
}

# Hooks belong to who may write into the directory, not to who may run them here.
in_config() { timeout "$1" git -C "$config" -c core.hooksPath=/dev/null "${@:2}"; }

# Untracked files are Home Assistant's own: its database, its log, secrets.yaml.
must_be_clean() {
  local changed
  changed=$(in_config 60 diff --name-only HEAD) || fail "$config is no repository that git reads"
  [[ -z $changed ]] || fail "changed by hand in $config, commit or undo it there: ${changed//$'\n'/, }"
}

commit_of() { in_config 10 rev-parse --verify --quiet "$1"; }

must_be_commit() { [[ $1 =~ ^[0-9a-f]{40}$ ]] || fail 'a full commit is wanted'; }

check_out() {
  in_config 120 checkout --quiet --detach "$1"
  commit_of HEAD
}

update() {
  must_be_commit "$1"
  must_be_clean
  in_config 120 fetch --quiet --no-tags origin "+refs/heads/$branch:refs/remotes/origin/$branch"
  # GitHub gives out the commits of every fork as if they were the repository's own.
  in_config 10 merge-base --is-ancestor "$1" "refs/remotes/origin/$branch" 2>/dev/null || fail "$1 is not on $branch"
  in_config 10 update-ref "$before" HEAD
  check_out "$1"
}

go_back() {
  must_be_commit "$1"
  # The update itself failed.
  if [[ $(commit_of HEAD) == "$1" ]]; then echo "$1" && return; fi
  [[ $(commit_of "$before") == "$1" ]] || fail "the last update did not come from $1"
  check_out "$1"
}

# Its configuration, as the API tells it. The token goes in by standard input: an argument shows in the list of processes.
ask_homeassistant() {
  local token=${SUPERVISOR_TOKEN:-} url=http://supervisor/core/api
  if [[ -n ${HOMEASSISTANT_TOKEN_FILE:-} ]]; then
    token=$(<"$HOMEASSISTANT_TOKEN_FILE")
    url=http://homeassistant:8123/api
  fi
  curl --silent --fail --max-time 10 --max-filesize 1000000 --config - "${HOMEASSISTANT_API:-$url}/config" \
    <<<"header = \"Authorization: Bearer $token\""
}

health() {
  local answer state
  answer=$(ask_homeassistant) || fail 'no answer'
  if [[ $answer =~ \"(recovery|safe)_mode\":\ *true ]]; then fail "${BASH_REMATCH[1]} mode"; fi
  [[ $answer =~ \"state\":\ *\"([A-Z_]+)\" ]] || fail 'no state in its answer'
  state=${BASH_REMATCH[1]}
  [[ $state == RUNNING ]] || fail "$state"
  echo "$state"
}

set +eu
# shellcheck source=/dev/null
if [[ -r $profile ]]; then . "$profile"; fi
set -eu
read -r word argument rest <<<"${SSH_ORIGINAL_COMMAND:-}" || true
[[ -z ${rest:-} ]] || fail 'too many words' 2
case ${word:-} in
  remember) must_be_clean && commit_of HEAD ;;
  update) update "${argument:-}" ;;
  return) go_back "${argument:-}" ;;
  check) timeout 300 ha core check ;;
  restart) timeout 600 ha core restart ;;
  health) health ;;
  *) fail 'remember, update SHA, return SHA, check, restart or health' 2 ;;
esac
