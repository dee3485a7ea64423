#!/usr/bin/env bash
# Sourced: what a job finds here that looks for more than it was given. Nothing of it opens anything, and who touches it
# is seen; docs/security.md tells where. Uses $state.
#
#   RUNNER_REGISTRATION_PAT          a token that no GitHub knows, in the environment and so in the list of processes:
#                                    Runnerwatch tells of it where it is used
#   /run/credentials/github-token    the same in a file, whose reading the health check tells of
#   DOCKER_HOST                      with RUNNER_DOCKER_DECOY=true: Runnerwatch, which has no Docker for jobs, says so and
#                                    tells of it. Not by default: it takes the place of a Docker context, and of a
#                                    `docker login` that needs no engine.
# shellcheck disable=SC2154

decoy_source=${RUNNER_DECOY_SOURCE:-/run/runner-key/decoy}
decoy_file=${RUNNER_DECOY_FOLDER:-/run/credentials}/github-token

# docker_decoy: where Docker's programs are led in a container that has no Docker.
docker_decoy() { echo "tcp://${RUNNER_BROKER_URL#*://}"; }

lead_docker_away() {
  local host=${RUNNER_BROKER_URL#*://}
  [[ ${RUNNER_DOCKER_DECOY:-} == true && -z ${DOCKER_HOST:-} ]] || return 0
  [[ ! -S ${RUNNER_DOCKER_SOCKET:-/var/run/docker.sock} ]] || return 0
  DOCKER_HOST=$(docker_decoy)
  # Docker's programs would go to it by a proxy.
  NO_PROXY=${NO_PROXY:-${no_proxy:-}}
  NO_PROXY+=${NO_PROXY:+,}${host%:*}
  no_proxy=$NO_PROXY
  export DOCKER_HOST NO_PROXY no_proxy
}

# hang_decoys: anew at each start, from whose beginning the mark of the one before is gone. What was touched at the one before is told during this one, and then counts no more.
hang_decoys() {
  local decoy
  lead_docker_away
  rm -rf "$state/decoy-touched-before"
  [[ ! -f $state/decoy-touched ]] || mv "$state/decoy-touched" "$state/decoy-touched-before"
  [[ -s $decoy_source ]] || return 0
  decoy=$(<"$decoy_source")
  export RUNNER_REGISTRATION_PAT=$decoy
  # Without the folder, in a stack of an earlier version, no file hangs.
  [[ -w ${decoy_file%/*} ]] || return 0
  rm -rf "$decoy_file"
  # As if it had been read long ago: that way its next reading is noted, though the mount has relatime.
  (umask 077 && printf '%s\n' "$decoy" >"$decoy_file") && touch -a -d @0 "$decoy_file" && touch "$state/decoy"
}

decoy_hangs() { [[ -e $state/decoy ]]; }

file_touched() { [[ ! -f $decoy_file || ! -N $decoy_file ]]; }

# decoy_touched: read, or not there any more; or so at the start before.
decoy_touched() { [[ -e $state/decoy-touched-before ]] || file_touched; }

# keep_touched: a runner for one job ends before its health is checked again.
keep_touched() {
  if decoy_hangs && file_touched; then touch "$state/decoy-touched"; fi
}
