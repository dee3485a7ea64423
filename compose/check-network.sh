#!/usr/bin/env bash
# Says whether the runners' network would be in the way of another: of the LAN, of what a VPN reaches, of another Docker
# network, of a nameserver or of a host in runnerwatch.yml. Where it would, jobs could not reach those hosts at all, and
# nothing would say why. Proposes one that is free, and exits with 1. init.sh runs it; `./check-network.sh` does so alone.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit

# shellcheck source-path=SCRIPTDIR source=settings.sh
source ./settings.sh

routes=${ROUTES_FILE:-/proc/net/route}
network=$(setting RUNNER_NETWORK)
network=${network:-github-runner-network}
subnet=$(setting RUNNER_SUBNET)
subnet=${subnet:-172.20.0.0/16}

number() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo $((a << 24 | b << 16 | c << 8 | d))
}

is_subnet() {
  local part parts
  [[ $1 =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]{1,2})$ ]] && ((BASH_REMATCH[2] <= 32)) || return 1
  IFS=./ read -r -a parts <<<"$1"
  for part in "${parts[@]:0:4}"; do ((10#$part <= 255)) || return 1; done
}

# overlap SUBNET SUBNET: whether the shorter prefix holds the other.
overlap() {
  local bits=${1#*/}
  ((bits <= ${2#*/})) || bits=${2#*/}
  local mask=$((bits == 0 ? 0 : 0xffffffff << (32 - bits) & 0xffffffff))
  ((($(number "${1%/*}") & mask) == ($(number "${2%/*}") & mask)))
}

# address HEX: of /proc/net/route, which prints the bytes as a little-endian machine has them.
address() { printf '%d.%d.%d.%d' "0x${1:6:2}" "0x${1:4:2}" "0x${1:2:2}" "0x${1:0:2}"; }

# bits HEX: of a mask.
bits() {
  local value=$((16#$1)) count=0
  while ((value)); do count=$((count + (value & 1))) value=$((value >> 1)); done
  echo "$count"
}

# The bridge of our own network, whose route is none of another's.
own_bridge() {
  local id name
  name=$(docker network inspect "$network" --format '{{index .Options "com.docker.network.bridge.name"}}' 2>/dev/null)
  id=$(docker network inspect "$network" --format '{{.Id}}' 2>/dev/null)
  if [[ -n $name ]]; then echo "$name"; elif [[ -n $id ]]; then echo "br-${id:0:12}"; fi
}

by_route() {
  local device destination mask own
  own=$(own_bridge)
  [[ -r $routes ]] || return 0
  while read -r device destination _ _ _ _ _ mask _; do
    [[ $destination =~ ^[0-9A-F]{8}$ && $mask =~ ^[0-9A-F]{8}$ && $mask != 00000000 && $device != "$own" ]] || continue
    # A bridge of Docker is told by the name of its network.
    [[ ! $device =~ ^(br-[0-9a-f]{12}|docker0)$ ]] || continue
    echo "$(address "$destination")/$(bits "$mask") what is reached over $device"
  done <"$routes"
}

by_docker() {
  local name subnets each
  docker network ls --format '{{.Name}}' 2>/dev/null | while read -r name; do
    [[ $name != "$network" ]] || continue
    subnets=$(docker network inspect "$name" --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' 2>/dev/null)
    for each in $subnets; do echo "$each the Docker network $name"; done
  done
}

by_file() {
  grep -ohE '^[^#]*' runnerwatch.yml 2>/dev/null | grep -oE '([0-9]{1,3}\.){3}[0-9]{1,3}' | sort -u |
    sed 's#.*#&/32 & in runnerwatch.yml#'
  sed -n 's#^nameserver \([0-9.]*\)$#\1/32 the nameserver \1#p' "${RESOLV_FILE:-/etc/resolv.conf}" 2>/dev/null
}

taken=$({ by_docker; by_route; by_file; } | grep -E '^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2} ')

# clash SUBNET: what it overlaps with, first found first.
clash() {
  local other what
  while read -r other what; do
    if [[ -n $other ]] && is_subnet "$other" && overlap "$1" "$other"; then echo "$what ($other)" && return; fi
  done <<<"$taken"
  return 1
}

free() {
  local candidate
  for candidate in 172.{20..31}.0.0/16 10.{200..250}.0.0/16 192.168.{200..250}.0/24; do
    clash "$candidate" >/dev/null || { echo "$candidate"; return; }
  done
}

if ! is_subnet "$subnet"; then
  echo "clash:   RUNNER_SUBNET is '$subnet', expected one such as 172.20.0.0/16" >&2
  exit 1
fi
if found=$(clash "$subnet"); then
  proposal=$(free)
  echo "clash:   the runners' network $subnet overlaps with $found: jobs could not reach it" >&2
  if [[ -n $proposal ]]; then
    echo "next:    set RUNNER_SUBNET=$proposal in .env, which nothing here uses" >&2
  else
    echo 'next:    set RUNNER_SUBNET in .env to a subnet that nothing uses' >&2
  fi
  exit 1
fi
echo "free     $subnet for the runners' network"
