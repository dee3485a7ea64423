#!/usr/bin/env bash
# Puts the real services on this machine that the tests run against: Docker Engine, Compose, Prometheus, Alertmanager,
# node_exporter, sshd, ping, fping, Chromium, and GitHub's description of its API with Prism, which holds calls against
# it. What is already there is used as it is; running it again changes nothing.
#
#   npm run services               all of it: install, openapi, start, images
#   npm run services -- install    what is missing, from Debian's own packages (root, Debian)
#   npm run services -- openapi    GitHub's description and Prism, from npm: outside of the project's own packages
#   npm run services -- start      Docker Engine, unless one answers already
#   npm run services -- images     local stand-ins for the public images, where no registry answers
#   npm run services -- env        prints the PATH line for a shell: eval "$(npm run -s services -- env)"
#   npm run services -- stop       ends the Docker Engine that `start` started
#
# Prometheus, Alertmanager and sshd are only installed: each test starts its own.
#   RUNNERWATCH_SERVICES_HOME      where they live (/opt/runnerwatch-services)
#   RUNNERWATCH_SERVICES_SUITE     the Debian suite that the newer packages come from (forky)
#   RUNNERWATCH_SERVICES_OFFLINE   1: ask no registry, build every stand-in
set -euo pipefail

HOME_DIR=${RUNNERWATCH_SERVICES_HOME:-/opt/runnerwatch-services}
SUITE=${RUNNERWATCH_SERVICES_SUITE:-forky}
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=$HOME_DIR/bin
ROOT=$HOME_DIR/root
PID_FILE=$HOME_DIR/dockerd.pid
TEMPLATES=/usr/share/prometheus/alertmanager
PLUGINS=/usr/local/lib/docker/cli-plugins
export PATH=$BIN:$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive

die() {
  printf 'services: %s\n' "$@" >&2
  exit 1
}

seconds_since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'; }

# step TITLE COMMAND…: one line with its seconds; the command's output is shown only where it failed.
step() {
  local title=$1 log status=0 from=$EPOCHREALTIME
  shift
  mkdir -p "$HOME_DIR/log" 2>/dev/null || die "cannot write to $HOME_DIR: run as root, or set RUNNERWATCH_SERVICES_HOME"
  log=$HOME_DIR/log/${title//[^a-zA-Z0-9]/-}.log
  printf 'services: %-52s' "$title"
  set +e
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    seconds_since "$from" && echo
    return
  fi
  echo failed
  tail -n 15 "$log" >&2
  die "'$title' failed with exit code $status; its whole output is in $log" \
    "no network or no Debian mirror? check that 'apt-get update' works here, then run npm run services again"
}

have() { command -v "$1" >/dev/null 2>&1; }
is_debian() { [[ $(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null) == debian ]]; }
docker_answers() { docker info >/dev/null 2>&1; }
compose_answers() { docker compose version >/dev/null 2>&1; }

# The system's own packages: PACKAGE:COMMAND, wanted where the command is missing.
system_packages() {
  local pair wanted=(iputils-ping:ping fping:fping iproute2:ip socat:socat openssh-server:sshd openssh-client:ssh chromium:chromium curl:curl jq:jq shellcheck:shellcheck
    prometheus-blackbox-exporter:prometheus-blackbox-exporter openssl:openssl e2fsprogs:mkfs.ext4 btrfs-progs:mkfs.btrfs)
  docker_answers || wanted+=(runc:runc iptables:iptables)
  ! is_debian || wanted+=(mmdebstrap:mmdebstrap)
  for pair in "${wanted[@]}"; do have "${pair#*:}" || echo "${pair%%:*}"; done
}

# Packages of the later suite; they are unpacked under the services' home and never installed over the system.
later_packages() {
  docker_answers || have dockerd || echo docker.io docker-cli containerd
  # What `init: true` puts into a container: docker.io only links to it.
  [[ -L $BIN/dockerd && -x $BIN/docker-init ]] || { have dockerd && [[ ! -L $BIN/dockerd ]]; } || echo tini-static
  compose_answers || echo docker-compose
  have prometheus || echo prometheus
  have promtool || echo promtool
  have alertmanager && have amtool || echo prometheus-alertmanager
  have node_exporter || echo prometheus-node-exporter
  # An image can use only the static one, which cannot be installed beside the other. Like mmdebstrap it serves the
  # stand-ins only: where they cannot be made, the real images will do.
  ! is_debian || [[ -x $BIN/busybox ]] || echo busybox-static
}

mirror() {
  local uri
  uri=$(sed -n 's/^URIs: //p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  echo "${uri:-http://deb.debian.org/debian}"
}

# A package must not start its daemon: the tests start their own, on their own ports.
install_system() {
  local policy=/usr/sbin/policy-rc.d ours=
  if [[ ! -e $policy ]]; then
    ours=1
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -q
  apt-get install -y -q --no-install-recommends "$@"
  if [[ -z $ours || ! -d /run/systemd/system ]]; then return; fi
  if [[ " $* " == *" openssh-server "* ]]; then systemctl disable ssh; fi
  if [[ " $* " == *" prometheus-blackbox-exporter "* ]]; then systemctl disable prometheus-blackbox-exporter; fi
}

unpack_later() {
  local work=$HOME_DIR/apt deb
  mkdir -p "$work"/{lists/partial,cache/archives/partial,parts,debs} "$ROOT" "$BIN"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$(mirror)" "$SUITE" >"$work/parts/later.sources"
  printf '%s\n' "Dir::State::Lists \"$work/lists\";" "Dir::Cache \"$work/cache\";" 'Dir::Etc::SourceList "/dev/null";' \
    "Dir::Etc::SourceParts \"$work/parts\";" 'APT::Sandbox::User "root";' 'Acquire::Languages "none";' >"$work/apt.conf"
  export APT_CONFIG=$work/apt.conf
  apt-get update -q
  (cd "$work/debs" && apt-get download -q "$@")
  for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$ROOT"; done
  rm -rf "$work"
  link_binaries
}

# Debian prefixes what upstream calls alertmanager and node_exporter; the tests use upstream's names.
link_binaries() {
  local path name
  for path in "$ROOT"/usr/{bin,sbin}/*; do
    name=${path##*/}
    case $name in
      containerd | containerd-shim-runc-v2 | docker | docker-init | docker-proxy | dockerd) ;;
      prometheus | promtool | amtool | busybox) ;;
      prometheus-alertmanager | prometheus-node-exporter) name=${name#prometheus-} ;;
      *) continue ;;
    esac
    ln -sf "$path" "$BIN/${name/node-exporter/node_exporter}"
  done
  # Debian's Alertmanager reads its default templates from this fixed path.
  if [[ -e $ROOT$TEMPLATES && ! -e $TEMPLATES ]]; then
    mkdir -p "${TEMPLATES%/*}"
    ln -sfn "$ROOT$TEMPLATES" "$TEMPLATES"
  fi
  if [[ -e $ROOT/usr/libexec/docker/cli-plugins/docker-compose ]] && ! compose_answers; then
    mkdir -p "$PLUGINS"
    ln -sf "$ROOT/usr/libexec/docker/cli-plugins/docker-compose" "$PLUGINS/docker-compose"
  fi
}

require_debian_root() {
  local what=$1
  is_debian ||
    die "missing: $what" "this script installs on Debian only; install them yourself (on PATH), then run it again"
  ((EUID == 0)) || die "missing: $what" "installing needs root: sudo npm run services -- install"
}

install() {
  local system later
  system=$(system_packages | xargs)
  later=$(later_packages | xargs)
  if [[ -z $system$later ]]; then
    echo 'services: everything is installed'
    return
  fi
  require_debian_root "$system $later"
  # shellcheck disable=SC2086 # package names are words
  [[ -z $system ]] || step "install $(wc -w <<<"$system") packages of this Debian" install_system $system
  # shellcheck disable=SC2086
  [[ -z $later ]] || step "unpack $(wc -w <<<"$later") packages of Debian $SUITE" unpack_later $later
}

install_openapi() {
  local from=$1 to=$2
  rm -rf "$to"
  mkdir -p "$to"
  cp "$from"/package.json "$from"/package-lock.json "$to"
  (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund)
  # Half a gigabyte of it are other products, and the same again with its references resolved.
  find "$to/node_modules/@octokit/openapi/generated" -name '*.json' ! -name api.github.com.json ! -name ghec.json -delete
  cp "$from/package-lock.json" "$to/installed.json"
}

openapi() {
  local from=$PROJECT/test/openapi to=$HOME_DIR/openapi
  if cmp -s "$from/package-lock.json" "$to/installed.json"; then
    echo "services: GitHub's description is installed"
    return
  fi
  if [[ ${RUNNERWATCH_SERVICES_OFFLINE:-} == 1 ]]; then
    echo "services: offline, so there is no description of GitHub's API; the tests that need it are skipped"
    return
  fi
  have npm || die "there is no npm to install GitHub's description with"
  step "install GitHub's description and Prism" install_openapi "$from" "$to"
}

# A daemon that was killed leaves its pid file, and a new one stays away from whatever has that number: the dying
# process for a moment, its zombie, or a stranger.
forget_killed() {
  local name=$1 file=$2 pid
  [[ -e $file ]] || return 0
  pid=$(<"$file")
  for _ in $(seq 40); do
    grep -qa "$name" "/proc/$pid/cmdline" 2>/dev/null || { rm -f "$file"; return 0; }
    ! docker_answers || return 0
    sleep 0.25
  done
}

start_dockerd() {
  local log=$HOME_DIR/dockerd.log
  forget_killed dockerd /var/run/docker.pid
  forget_killed containerd /var/run/docker/containerd/containerd.pid
  mkdir -p "$HOME_DIR/docker"
  setsid dockerd --data-root "$HOME_DIR/docker" --host unix:///var/run/docker.sock >"$log" 2>&1 </dev/null &
  echo $! >"$PID_FILE"
  for _ in $(seq 120); do
    docker_answers && return 0
    kill -0 "$(<"$PID_FILE")" 2>/dev/null || break
    sleep 0.25
  done
  tail -n 20 "$log"
  echo "dockerd did not answer within 30 s; its log is $log"
  return 1
}

start() {
  if docker_answers; then
    echo "services: docker $(docker version -f '{{.Server.Version}}') answers"
    return
  fi
  have dockerd || die 'there is no dockerd: npm run services -- install'
  ((EUID == 0)) || die 'starting Docker Engine needs root: sudo npm run services -- start'
  step 'start Docker Engine' start_dockerd
}

stop() {
  local pid
  pid=$(cat "$PID_FILE" 2>/dev/null) || { echo 'services: nothing of ours is running'; return; }
  # A pid file that outlived a reboot may name a stranger.
  if grep -aq dockerd "/proc/$pid/cmdline" 2>/dev/null; then
    kill "$pid"
    for _ in $(seq 120); do kill -0 "$pid" 2>/dev/null || break; sleep 0.25; done
    if kill -0 "$pid" 2>/dev/null; then die "Docker Engine (pid $pid) did not end within 30 s of SIGTERM"; fi
    echo "services: ended Docker Engine (pid $pid)"
  fi
  rm -f "$PID_FILE"
}

images() {
  docker_answers || die 'Docker does not answer: npm run services -- start'
  # shellcheck source=../test/images/build.sh
  source "$PROJECT/test/images/build.sh"
  build_images
}

help() { sed -n '2,/^set -e/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

case ${1:-all} in
  all)
    # One by one: a function that is part of a condition would go on after a failure.
    install
    openapi
    start
    images
    echo 'services: ready; the tests find them by themselves'
    ;;
  install | openapi | start | images | stop) "$1" ;;
  env) echo "export PATH=$BIN:\$PATH" ;;
  -h | --help | help) help ;;
  *)
    echo "services: unknown command '$1'" >&2
    help >&2
    exit 2
    ;;
esac
