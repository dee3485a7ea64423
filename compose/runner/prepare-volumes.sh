#!/usr/bin/env bash
# Hands the runners' new volumes over to them, and Runnerwatch's data to Runnerwatch; makes each runner's key for its token
# broker, and its decoy. Runs as root with CHOWN alone, before all of them, and changes nothing that is as it should be.
#
# Both are on a volume that the runner's container and Runnerwatch see; their digests are all that Runnerwatch can read.
set -euo pipefail

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# make_secret FOLDER NAME VALUE: the digest last, so that a secret without one is made anew.
make_secret() {
  [[ ! -s $1/$2.sha256 ]] || return 0
  rm -f "$1/$2"
  (umask 077 && printf '%s' "$3" >"$1/$2")
  chown runner "$1/$2"
  printf '%s' "$3" | sha256sum | cut -d ' ' -f 1 >"$1/$2.sha256"
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
for folder in /keys/*; do
  # On their own lines, so that a failure ends this script.
  key=$(random)
  decoy=$(random | tr -d '_-')
  make_secret "$folder" key "$key"
  # What looks like a token of GitHub's and is none: see decoys.sh.
  make_secret "$folder" decoy "ghp_$decoy"
done
