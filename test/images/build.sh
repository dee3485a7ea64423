#!/usr/bin/env bash
# Sourced by scripts/services.sh, which brings `step`, `die`, `mirror` and PROJECT.
# An image that exists is never touched. Where a registry answers, the real image is pulled; else a stand-in is made.

IMAGES=$PROJECT/test/images
# shellcheck source=versions.env
source "$IMAGES/versions.env"
export DOCKER_BUILDKIT=0 # Debian's Docker comes without buildx
declare -A REGISTRY_SILENT=()

exists() { docker image inspect "$1" >/dev/null 2>&1; }
is_stand_in() { docker image inspect -f '{{.Config.Labels}}' "$1" 2>/dev/null | grep -q runnerwatch.stand-in; }
registry_of() { case $1 in *.*/*) echo "${1%%/*}" ;; *) echo docker.io ;; esac; }

# Asks a registry for an image's manifest only. One that is silent once is not asked again in this run.
registry_has() {
  local registry
  registry=$(registry_of "$1")
  [[ ${RUNNERWATCH_SERVICES_OFFLINE:-} != 1 && -z ${REGISTRY_SILENT[$registry]:-} ]] || return 1
  timeout 10 docker manifest inspect "$1" >/dev/null 2>&1 && return 0
  REGISTRY_SILENT[$registry]=1
  return 1
}

# image NAME MAKE…: leaves what is there, pulls what can be pulled, makes the rest.
image() {
  local name=$1
  shift
  exists "$name" && return
  if registry_has "$name"; then step "pull $name" docker pull -q "$name"; else step "stand-in for $name" "$@"; fi
}

build() { docker build -q --build-arg "DEBIAN_IMAGE=$DEBIAN_IMAGE" -t "$1" "$2"; }

# in_scratch FUNCTION…: runs it in a directory that is gone afterwards.
in_scratch() {
  local scratch status=0
  scratch=$(mktemp -d)
  (cd "$scratch" && set -e && "$@") || status=$?
  rm -rf "$scratch"
  return "$status"
}

make_busybox() {
  mkdir -p bin tmp etc
  cp -L "$(command -v busybox)" bin/busybox
  local applet
  for applet in $(busybox --list | grep -vx busybox); do ln -s busybox "bin/$applet"; done
  echo 'root:x:0:0:root:/:/bin/sh' >etc/passwd
  tar -c . | docker import --change 'CMD ["sh"]' --change 'LABEL runnerwatch.stand-in=busybox' - "$BUSYBOX_IMAGE"
}

make_debian() {
  mmdebstrap --variant=minbase bookworm debian.tar "$(mirror)"
  docker import --change 'CMD ["bash"]' --change 'LABEL runnerwatch.stand-in=debian' debian.tar "$DEBIAN_IMAGE"
}

make_node() {
  local cpu
  case $(uname -m) in x86_64) cpu=x64 ;; aarch64) cpu=arm64 ;; *) echo "no Node package for $(uname -m)" && return 1 ;; esac
  npm pack --silent "node-linux-$cpu@24" npm@11
  mkdir node npm
  tar -xzf node-linux-*.tgz -C node --strip-components=1
  tar -xzf npm-*.tgz -C npm --strip-components=1
  rm -f ./*.tgz
  cp /etc/ssl/certs/ca-certificates.crt "$IMAGES/node/Dockerfile" .
  build "$NODE_IMAGE" .
}

# make_from_binaries IMAGE FOLDER BINARY…: the folder's Dockerfile beside this machine's own binaries.
make_from_binaries() {
  local name=$1 folder=$2 binary
  shift 2
  cp "$IMAGES/$folder"/* .
  for binary in "$@" busybox; do cp -L "$(command -v "$binary")" .; done
  mkdir share
  if [[ -d /usr/share/prometheus ]]; then cp -RL /usr/share/prometheus/. share; fi
  build "$name" .
}

make_dind() {
  local binary
  cp "$IMAGES/dind"/* .
  for binary in containerd containerd-shim-runc-v2 docker docker-init docker-proxy dockerd; do cp -L "$(command -v "$binary")" .; done
  build "$DIND_IMAGE" .
}

# Tests use the stand-in by its own name. It takes the real name only where the real image cannot be had: whoever
# can pull the real one must never start the stand-in by mistake. Built each time: only what changed takes time.
make_runner() {
  step "stand-in $RUNNER_STANDIN_IMAGE" build "$RUNNER_STANDIN_IMAGE" "$IMAGES/runner"
  if is_stand_in "$RUNNER_IMAGE" || { ! exists "$RUNNER_IMAGE" && ! registry_has "$RUNNER_IMAGE"; }; then
    docker tag "$RUNNER_STANDIN_IMAGE" "$RUNNER_IMAGE"
  fi
}

build_images() {
  image "$BUSYBOX_IMAGE" in_scratch make_busybox
  image "$DEBIAN_IMAGE" in_scratch make_debian
  image "$NODE_IMAGE" in_scratch make_node
  image "$HAPROXY_IMAGE" build "$HAPROXY_IMAGE" "$IMAGES/haproxy"
  image "$PROMETHEUS_IMAGE" in_scratch make_from_binaries "$PROMETHEUS_IMAGE" prometheus prometheus promtool
  image "$ALERTMANAGER_IMAGE" in_scratch make_from_binaries "$ALERTMANAGER_IMAGE" alertmanager alertmanager amtool
  image "$GRAFANA_IMAGE" build "$GRAFANA_IMAGE" "$IMAGES/grafana"
  image "$DIND_IMAGE" in_scratch make_dind
  make_runner
  echo 'services: every image is there'
}
