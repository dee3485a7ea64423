#!/usr/bin/env bash
# Hands the runners' new volumes over to them, and Runnerwatch's data to Runnerwatch; makes each runner's key for its token
# broker. Runs as root with CHOWN alone, before all of them, and changes nothing that is as it should be.
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

# hand_over PATH OWNER: with all that is in it. Without more capabilities, root looks into a closed directory of another user
# only once it is root's, and a name that leads elsewhere is not followed.
hand_over() {
  local entry
  if [[ -d $1 && ! -L $1 ]]; then
    chown root "$1"
    for entry in "$1"/*; do hand_over "$entry" "$2"; done
  fi
  chown --no-dereference "$2" "$1"
}
shopt -s dotglob nullglob

# The user of its image, as the Dockerfile says why; earlier images had another one.
runnerwatch=65521
[[ $(stat -c %u /runnerwatch-data) == "$runnerwatch" ]] || hand_over /runnerwatch-data "$runnerwatch:$runnerwatch"
chown runner /work/* /tools/*
for folder in /keys/*; do make_key "$folder"; done
