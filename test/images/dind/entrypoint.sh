#!/bin/sh
# What the official image's entrypoint does for a user who is not root: the daemon in a user namespace of its own.
set -eu
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"
mkdir -p "$XDG_RUNTIME_DIR" "$HOME/.local/share/docker"
exec rootlesskit --net="${DOCKERD_ROOTLESS_ROOTLESSKIT_NET:-vpnkit}" --mtu=1500 --disable-host-loopback \
  --port-driver=builtin --copy-up=/etc --copy-up=/run "$@" --userland-proxy-path=/usr/bin/rootlesskit-docker-proxy
