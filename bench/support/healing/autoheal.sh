#!/usr/bin/env bash
# The way in which docker-autoheal heals, with its usual settings: every 5 seconds it asks the Docker Engine for containers
# that are unhealthy and carry its label, and restarts each, with 10 seconds to stop.
#
#   DOCKER_SOCKET   the engine's socket
#   HEAL_LABEL      whose containers are healed: a label and its value
set -euo pipefail

ask() { curl --silent --fail --max-time 30 --unix-socket "$DOCKER_SOCKET" "$@"; }

filters=$(jq -nr --arg mark "$HEAL_LABEL" '{"health": ["unhealthy"], "label": [$mark]} | @uri')
echo watching
while :; do
  for container in $(ask "http://docker/containers/json?filters=$filters" | jq -r '.[].Id'); do
    ask --request POST "http://docker/containers/$container/restart?t=10" || echo "could not restart $container"
  done
  sleep 5
done
