#!/usr/bin/env bash
# Hands the runners' new volumes over to them, and makes each runner's key for Runnerwatch's token broker. Runs as root with
# CHOWN alone, before the runners, and changes nothing that is there already.
#
# The key itself is on a volume that the runner's container and Runnerwatch see; its digest is all that Runnerwatch can read.
set -euo pipefail

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# make_key FOLDER: the digest last, so that a key without one is made anew.
make_key() {
  local key
  [[ ! -s $1/key.sha256 ]] || return 0
  key=$(random)
  rm -f "$1/key"
  (umask 077 && printf '%s' "$key" >"$1/key")
  chown runner "$1/key"
  printf '%s' "$key" | sha256sum | cut -d ' ' -f 1 >"$1/key.sha256"
}

chown runner /work/* /tools/*
for folder in /keys/*; do make_key "$folder"; done
