#!/usr/bin/env bash
# Sourced: what a job finds here that looks for more than it was given. Nothing of it opens anything, and who touches it
# is seen; docs/security.md tells where.
#
#   RUNNER_REGISTRATION_PAT          a token that no GitHub knows, in the environment and so in the list of processes:
#                                    Runnerwatch tells of it where it is used
#   /run/credentials/github-token    the same in a file, whose reading the health check tells of
#   DOCKER_HOST                      Runnerwatch, which has no Docker for jobs, says so, and tells of it

decoy_source=${RUNNER_DECOY_SOURCE:-/run/runner-key/decoy}
decoy_file=${RUNNER_DECOY_FOLDER:-/run/credentials}/github-token

# docker_decoy: where Docker's programs are led in a container that has no Docker.
docker_decoy() { echo "tcp://${RUNNER_BROKER_URL#*://}"; }

# Without the folder, in a stack of an earlier version, no file hangs.
decoy_hangs() { [[ -s $decoy_source && -w ${decoy_file%/*} ]]; }

# hang_decoys: anew at each start, so that what was touched before counts no more.
hang_decoys() {
  local decoy
  if [[ -z ${DOCKER_HOST:-} && ! -S ${RUNNER_DOCKER_SOCKET:-/var/run/docker.sock} ]]; then
    DOCKER_HOST=$(docker_decoy)
    export DOCKER_HOST
  fi
  [[ -s $decoy_source ]] || return 0
  decoy=$(<"$decoy_source")
  export RUNNER_REGISTRATION_PAT=$decoy
  decoy_hangs || return 0
  rm -rf "$decoy_file"
  # As if it had been read long ago: that way its next reading is noted, though the mount has relatime.
  (umask 077 && printf '%s\n' "$decoy" >"$decoy_file") && touch -a -d @0 "$decoy_file"
}

# decoy_touched: read, or not there any more.
decoy_touched() { [[ ! -f $decoy_file || ! -N $decoy_file ]]; }
