#!/usr/bin/env bash
# Lets the runners reach GitHub, their nameservers and the hosts that are on the list, and nothing else of what is private.
# Runs in the host's network with NET_ADMIN and no other capability. What it takes from others is checked word by word.
#
#   firewall.sh run       loads the rules, keeps them in force and follows the list
#   firewall.sh health    whether they were in force within the last 30 seconds
#   firewall.sh print     prints the ruleset
#
#   RUNNER_BRIDGE, RUNNER_SUBNET    the runners' network: the name of its interface, and its addresses
#   FIREWALL_ALLOW                  more hosts: 192.168.1.155:8123, nas:2049/udp, 192.168.1.1/icmp, separated by commas
#   FIREWALL_DNS                    nameservers, in the place of those that the runners' network uses
#   FIREWALL_PUBLIC_PORTS           TCP ports of the public internet (443)
#   FIREWALL_TARGETS                file with lines such as `tcp 192.168.1.155 22`, `icmp nas` and `dns 192.168.1.1`
#   FIREWALL_STATE                  file that tells Runnerwatch what was refused
#
# The rules stay when this script ends, on purpose. To remove them for good: nft delete table inet runnerwatch_rw_runners
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=ruleset.sh
source "$here/ruleset.sh"

targets=${FIREWALL_TARGETS:-/targets/targets}
state=${FIREWALL_STATE:-/state/firewall.json}
pause=${FIREWALL_SECONDS:-5}
# Names are resolved anew after so many rounds.
rounds=12
declare -A last_answer=()

say() { printf 'firewall: %s\n' "$*"; }

die() {
  printf 'firewall: %s\n' "$@" >&2
  exit 1
}

check_settings() {
  FIREWALL_PUBLIC_PORTS=${FIREWALL_PUBLIC_PORTS:-443}
  [[ ${RUNNER_BRIDGE:-} =~ ^[a-zA-Z0-9_.-]{1,15}$ ]] ||
    die "RUNNER_BRIDGE is '${RUNNER_BRIDGE:-}', expected the name of an interface: at most 15 letters, digits and - . _"
  [[ ${RUNNER_SUBNET:-} =~ ^[0-9]+(\.[0-9]+){3}/[0-9]{1,2}$ ]] ||
    die "RUNNER_SUBNET is '${RUNNER_SUBNET:-}', expected one such as 172.20.0.0/16"
  [[ $FIREWALL_PUBLIC_PORTS =~ ^[0-9]{1,5}(,[0-9]{1,5})*$ ]] ||
    die "FIREWALL_PUBLIC_PORTS is '$FIREWALL_PUBLIC_PORTS', expected ports such as 80,443"
}

is_host() { [[ $1 =~ ^[A-Za-z0-9_.:-]{1,253}$ && $1 != -* ]]; }
is_port() { [[ $1 =~ ^[0-9]{1,5}$ ]] && ((10#$1 > 0 && 10#$1 < 65536)); }

# of_setting: entries of FIREWALL_ALLOW as lines of the list.
of_setting() {
  local entry protocol entries
  IFS=', ' read -r -a entries <<<"${FIREWALL_ALLOW:-}"
  for entry in "${entries[@]}"; do
    protocol=tcp
    case $entry in */udp | */tcp | */icmp) protocol=${entry##*/} entry=${entry%/*} ;; esac
    if [[ $protocol == icmp ]]; then
      echo "icmp ${entry//[][]/}"
    elif [[ $entry =~ ^\[([^]]+)\]:([0-9]+)$ || $entry =~ ^([^:]+):([0-9]+)$ ]]; then
      echo "$protocol ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
    else
      echo "wrong $entry"
    fi
  done
}

# nameservers: those of the setting, else those that the list tells. Docker asks one on the loopback by itself.
nameservers() {
  local told
  told=$(sed -n 's/^dns //p' "$targets" 2>/dev/null)
  tr ', ' '\n' <<<"${FIREWALL_DNS:-$told}" | grep .
}

# wanted: every line of the list, with a nameserver's two protocols.
wanted() {
  local server
  of_setting
  [[ ! -r $targets ]] || grep -v '^dns ' "$targets" | head -n 10000
  nameservers | while read -r server; do printf '%s %s 53\n' udp "$server" tcp "$server"; done
}

# addresses HOST: of a name; while nobody can say, those that were said last.
addresses() {
  local found
  found=$(timeout 5 getent ahosts "$1" | awk '$2 == "STREAM" { sub(/%.*/, "", $1); print $1 }' | sort -u)
  [[ -z $found ]] || last_answer[$1]=$found
  [[ -n ${last_answer[$1]:-} ]] || { say "cannot resolve $1: it stays closed" >&2; return; }
  printf '%s\n' "${last_answer[$1]}"
}

# resolve: reads lines of the list and sets RESOLVED to the same with addresses. What is not as it should be is left out.
resolve() {
  local protocol host port address found=
  while read -r protocol host port; do
    if ! is_host "$host" || ! { [[ $protocol == icmp ]] || { [[ $protocol =~ ^(tcp|udp)$ ]] && is_port "$port"; }; }; then
      say "not understood, and left out: $protocol $host $port" >&2
      continue
    fi
    [[ $protocol != icmp ]] || port=
    # Not in a subshell: the answers are to be remembered.
    addresses "$host" >"$scratch/addresses"
    while read -r address; do found+="$protocol $address${port:+ $port}"$'\n'; done <"$scratch/addresses"
  done
  RESOLVED=$(sort -u <<<"${found%$'\n'}" | grep .)
}

in_force() { nft list chain inet "$(table_name)" translate >/dev/null 2>&1; }

load() {
  { ruleset && elements <<<"$RESOLVED"; } | nft -f - || return 1
  say "rules are in force on $RUNNER_BRIDGE; $(count) destinations are open"
}

count() { grep -c . <<<"$RESOLVED"; }

write_state() {
  local counters
  counters=$(nft --json list counters table inet "$(table_name)") || return
  printf '{"time":%s,"allowed":%s,"denied":%s}\n' "$EPOCHSECONDS" "$(count)" "$counters" >"$state.new" && mv "$state.new" "$state"
}

# One look: the list, the names in it now and then, and whether somebody took the rules away.
round() {
  local list
  list=$(wanted)
  if [[ $list != "${loaded_list:-}" ]] || ((turn % rounds == 0)); then
    resolve <<<"$list"
    loaded_list=$list
  fi
  if ! in_force; then
    load || return
  elif [[ $RESOLVED != "${loaded:-}" ]]; then
    elements <<<"$RESOLVED" | nft -f - || return
    say "the list has changed; $(count) destinations are open"
  fi
  loaded=$RESOLVED
  write_state
}

run() {
  check_settings
  scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
  trap 'exit 0' TERM INT
  resolve < <(wanted)
  loaded_list=$(wanted) loaded=$RESOLVED turn=0
  # Always anew at the start: an older version's rules may be there.
  { load && write_state; } || die 'the rules could not be loaded: the runners have no way out'
  while :; do
    sleep "$pause" &
    wait "$!"
    turn=$((turn + 1))
    round || say 'the rules could not be loaded; trying again' >&2
  done
}

health() {
  local time
  time=$(grep -oE '"time":[0-9]+' "$state" 2>/dev/null) && ((EPOCHSECONDS - ${time#*:} < 30))
}

case ${1:-run} in
  run) run ;;
  health) health ;;
  print) check_settings && ruleset ;;
  *) die "'$1' is not known, expected run, health or print" ;;
esac
