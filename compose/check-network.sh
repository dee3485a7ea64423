#!/usr/bin/env bash
# Says whether a network of the stack would be in the way of another: of the LAN, of what a VPN reaches, of another Docker
# network, of a nameserver or of a host in runnerwatch.yml. Where it would, jobs could not reach those hosts at all, and
# nothing would say why. Proposes one that is free, and exits with 1. init.sh runs it; `./check-network.sh` does so alone.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit

# shellcheck source-path=SCRIPTDIR source=settings.sh
source ./settings.sh

routes=${ROUTES_FILE:-/proc/net/route}

# or DEFAULT: standard input, or this where it is empty.
or() { local value && value=$(cat) && printf '%s' "${value:-$1}"; }

project=$(setting COMPOSE_PROJECT_NAME | or runnerwatch)
# By the setting of each network's subnet: as Docker names it, as we do, and who misses what it hides.
variables=(RUNNER_SUBNET DOCKER_API_SUBNET ACCESS_SUBNET MONITORING_SUBNET)
declare -A examples=([RUNNER_SUBNET]=172.20.0.0/16 [DOCKER_API_SUBNET]=172.16.213.0/28
  [ACCESS_SUBNET]=172.16.213.32/28 [MONITORING_SUBNET]=172.16.213.16/28)
declare -A names=([DOCKER_API_SUBNET]=${project}_docker-api [ACCESS_SUBNET]=${project}_access
  [MONITORING_SUBNET]=${project}_monitoring)
names[RUNNER_SUBNET]=$(setting RUNNER_NETWORK | or github-runner-network)
declare -A titles=([RUNNER_SUBNET]="the runners' network" [DOCKER_API_SUBNET]="the Docker proxy's network"
  [ACCESS_SUBNET]="Runnerwatch's own network" [MONITORING_SUBNET]="the monitoring network")
declare -A users=([RUNNER_SUBNET]=jobs [DOCKER_API_SUBNET]='this host' [ACCESS_SUBNET]=Runnerwatch
  [MONITORING_SUBNET]='this host')
declare -A subnets
for variable in "${variables[@]}"; do subnets[$variable]=$(setting "$variable" | or "${examples[$variable]}"); done

# number ADDRESS: sets NUMBER. Not in a process of its own: thousands are compared.
number() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  NUMBER=$((a << 24 | b << 16 | c << 8 | d))
}

is_subnet() {
  local part parts
  [[ $1 =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]{1,2})$ ]] && ((BASH_REMATCH[2] <= 32)) || return 1
  IFS=./ read -r -a parts <<<"$1"
  for part in "${parts[@]:0:4}"; do ((10#$part <= 255)) || return 1; done
}

# overlap SUBNET SUBNET: whether the shorter prefix holds the other.
overlap() {
  local bits=${1#*/} one
  ((bits <= ${2#*/})) || bits=${2#*/}
  local mask=$((bits == 0 ? 0 : 0xffffffff << (32 - bits) & 0xffffffff))
  number "${1%/*}" && one=$NUMBER && number "${2%/*}"
  (((one & mask) == (NUMBER & mask)))
}

# address HEX: of /proc/net/route, which prints the bytes as a little-endian machine has them.
address() { printf '%d.%d.%d.%d' "0x${1:6:2}" "0x${1:4:2}" "0x${1:2:2}" "0x${1:0:2}"; }

# bits HEX: of a mask.
bits() {
  local value=$((16#$1)) count=0
  while ((value)); do count=$((count + (value & 1))) value=$((value >> 1)); done
  echo "$count"
}

# The bridges of our own networks, whose routes are none of another's.
own_bridges() {
  local id name each
  for each in "${names[@]}"; do
    name=$(docker network inspect "$each" --format '{{index .Options "com.docker.network.bridge.name"}}' 2>/dev/null)
    id=$(docker network inspect "$each" --format '{{.Id}}' 2>/dev/null)
    if [[ -n $name ]]; then echo "$name"; elif [[ -n $id ]]; then echo "br-${id:0:12}"; fi
  done
}

# has WORD LINES: whether one of the lines is just this.
has() { [[ $'\n'$2$'\n' == *$'\n'"$1"$'\n'* ]]; }

by_route() {
  local device destination mask own
  own=$(own_bridges)
  [[ -r $routes ]] || return 0
  while read -r device destination _ _ _ _ _ mask _; do
    [[ $destination =~ ^[0-9A-F]{8}$ && $mask =~ ^[0-9A-F]{8}$ && $mask != 00000000 ]] || continue
    ! has "$device" "$own" || continue
    # A bridge of Docker is told by the name of its network.
    [[ ! $device =~ ^(br-[0-9a-f]{12}|docker0)$ ]] || continue
    echo "$(address "$destination")/$(bits "$mask") what is reached over $device"
  done <"$routes"
}

by_docker() {
  local name found each own
  own=$(printf '%s\n' "${names[@]}")
  docker network ls --format '{{.Name}}' 2>/dev/null | while read -r name; do
    ! has "$name" "$own" || continue
    found=$(docker network inspect "$name" --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' 2>/dev/null)
    for each in $found; do echo "$each the Docker network $name"; done
  done
}

by_file() {
  grep -ohE '^[^#]*' runnerwatch.yml 2>/dev/null | grep -oE '([0-9]{1,3}\.){3}[0-9]{1,3}' | sort -u |
    sed 's#.*#&/32 & in runnerwatch.yml#'
  sed -n 's#^nameserver \([0-9.]*\)$#\1/32 the nameserver \1#p' "${RESOLV_FILE:-/etc/resolv.conf}" 2>/dev/null
}

taken=$({ by_docker; by_route; by_file; } | grep -E '^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2} ')

# clash SUBNET LINES: what of these it overlaps with, first found first.
clash() {
  local other what
  while read -r other what; do
    if [[ -n $other ]] && is_subnet "$other" && overlap "$1" "$other"; then echo "$what ($other)" && return; fi
  done <<<"$2"
  return 1
}

# free VARIABLE: a subnet that neither others use nor our other networks.
free() {
  local candidate each others=$taken candidates
  if [[ $1 == RUNNER_SUBNET ]]; then
    candidates=(172.{20..31}.0.0/16 10.{200..250}.0.0/16 192.168.{200..250}.0/24)
  else
    candidates=(172.16.{213..250}.{0,16,32}/28 10.{200..250}.0.{0,16,32}/28 192.168.{200..250}.{0,16,32}/28)
  fi
  for each in "${variables[@]}"; do
    [[ $each == "$1" ]] || others+=$'\n'"${subnets[$each]} ${titles[$each]}"
  done
  for candidate in "${candidates[@]}"; do
    clash "$candidate" "$others" >/dev/null || { echo "$candidate"; return; }
  done
}

# refuse VARIABLE WHAT WHY: says so, and keeps what it proposes from the networks that come after.
refuse() {
  local proposal
  proposal=$(free "$1")
  echo "clash:   ${titles[$1]} ${subnets[$1]} overlaps with $2: $3" >&2
  if [[ -n $proposal ]]; then
    echo "next:    set $1=$proposal in .env, which nothing here uses" >&2
    subnets[$1]=$proposal
  else
    echo "next:    set $1 in .env to a subnet that nothing uses" >&2
  fi
  failed=1
}

failed=0
ours=
for variable in "${variables[@]}"; do
  subnet=${subnets[$variable]}
  if ! is_subnet "$subnet"; then
    echo "clash:   $variable is '$subnet', expected one such as ${examples[$variable]}" >&2
    subnets[$variable]=${examples[$variable]}
    failed=1
  elif found=$(clash "$subnet" "$taken"); then
    refuse "$variable" "$found" "${users[$variable]} could not reach it"
  elif found=$(clash "$subnet" "$ours"); then
    refuse "$variable" "$found" 'Docker would not make both'
  else
    echo "free     $subnet for ${titles[$variable]}"
  fi
  ours+="${subnets[$variable]} ${titles[$variable]}"$'\n'
done
exit "$failed"
