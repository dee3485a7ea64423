#!/usr/bin/env bash
# Brings the stack to what the Compose files and .env say now, without a job that is cut off: images are fetched first, then
# Runnerwatch and the rest are renewed, then one runner after the other, each when it has no job and only when the one before
# is healthy again. Where something does not get healthy, all that was renewed goes back to the images of before. Meanwhile
# Runnerwatch heals nothing, and a runner that is about to stop gets no new jobs that ask for a label of its own.
#
#   ./update.sh                renew what has changed
#   ./update.sh --build        the same, and build anew what is built here: the overlays dind and firewall, and Runnerwatch
#   ./update.sh --roll-back    back to the images before the last update
#
#   UPDATE_DRAIN_SECONDS       how long a runner's job may take before the update is given up (3600)
#   UPDATE_WAIT_SECONDS        how long a service may take to get healthy (300)
#   UPDATE_PULL_POLICY         always, or missing: fetch only images that are not there (always)
#
# It follows COMPOSE_FILE and COMPOSE_PROFILES, as every `docker compose` here does. Going back means images: what was changed
# in a file stays changed, until you change it back and run this again.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit

# shellcheck source-path=SCRIPTDIR source=settings.sh
source ./settings.sh

drain_seconds=${UPDATE_DRAIN_SECONDS:-3600}
wait_seconds=${UPDATE_WAIT_SECONDS:-300}
# Images by service, as they were: an overlay that is laid over all others.
previous=.previous.yaml
renewed=()
# As Compose has them now, asked once: it takes a second for each question on a small machine.
project=
declare -A hashes=()
# What Runnerwatch was asked for, and is to end again: its pause, and the runner whose labels it took away.
held=
cordoned=

say() { printf 'update: %s\n' "$*"; }

die() {
  printf 'update: %s\n' "$@" >&2
  exit 1
}

# read_project: the project's name, and the hash of each service's settings.
read_project() {
  local service hash
  project=$(docker compose config | sed -nE 's/^name: "?([^"]*)"?$/\1/p')
  while read -r service hash; do hashes[$service]=$hash; done < <(docker compose config --hash '*')
  ((${#hashes[@]})) || die 'docker compose knows no service here'
}

container() {
  docker ps --all --quiet --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | head -n 1
}
running() { [[ $(docker inspect --format '{{.State.Running}}' "$1" 2>/dev/null) == true ]]; }
of() { docker inspect --format "$1" "$2" 2>/dev/null; }

# Runners are known by their label, the others are not.
is_runner() { [[ -n $(of '{{index .Config.Labels "runnerwatch.runner"}}' "$1") ]]; }

# works_on_job CONTAINER: as the health check sees it; what it does not say is no.
works_on_job() { docker exec "$1" /runner/health-check.sh 2>/dev/null | grep -qE '(^| )worker=1( |$)'; }

# needs_renewal SERVICE: whether its container was made of another image or other settings than there are now.
needs_renewal() {
  local id image
  id=$(container "$1")
  [[ -n $id ]] || return 0
  image=$(docker image inspect --format '{{.Id}}' "$(of '{{.Config.Image}}' "$id")" 2>/dev/null)
  [[ $image != "$(of '{{.Image}}' "$id")" || ${hashes[$1]} != "$(of '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$id")" ]]
}

# any_needs_renewal SERVICE…: one that has no container yet has no image of before either.
any_needs_renewal() {
  local service
  for service in "$@"; do
    if [[ -n $(container "$service") ]] && needs_renewal "$service"; then return 0; fi
  done
  return 1
}

# remember SERVICE…: keeps the images that run now, under a name that no clean-up takes, and writes the overlay.
remember() {
  local service id name draft
  draft=$(mktemp .previous.XXXXXX) || die 'cannot write here'
  echo '# Written by update.sh: the images before the last update.' >"$draft"
  echo 'services:' >>"$draft"
  for service in "$@"; do
    id=$(container "$service")
    [[ -n $id ]] || continue
    name=runnerwatch-previous/$service:latest
    docker tag "$(of '{{.Image}}' "$id")" "$name" || die "cannot keep the image of $service"
    printf '  %s: { image: "%s", pull_policy: never }\n' "$service" "$name" >>"$draft"
  done
  mv "$draft" "$previous"
}

# ask_runnerwatch VERB …: as far as one runs here that knows the verb.
ask_runnerwatch() { docker compose exec -T runnerwatch runnerwatch runners "$@" --by update.sh </dev/null >/dev/null 2>&1; }

# hold_recovery SERVICES: a runner that is stopped here is not ill. For no longer than this update can take, whatever becomes
# of it; what others have paused stays paused.
hold_recovery() {
  local id
  id=$(container runnerwatch)
  [[ -n $id ]] && running "$id" || return 0
  if ask_runnerwatch pause --all --for "$(($1 * (drain_seconds + 2 * wait_seconds)))s" --reason 'an update'; then
    held=1
  else
    say 'Runnerwatch could not be asked to heal nothing meanwhile'
  fi
}

cordon() { if ask_runnerwatch cordon "$1"; then cordoned=$1; fi; }

uncordon() {
  [[ -z $cordoned ]] || ask_runnerwatch uncordon "$cordoned"
  cordoned=
}

end_hold() {
  uncordon
  [[ -z $held ]] || ask_runnerwatch release --all --own || say 'the pause of recovery could not be ended: runnerwatch runners release --all'
}
trap end_hold EXIT

renew() {
  docker compose up --detach --no-deps --no-build --wait --wait-timeout "$wait_seconds" "$@"
}

# drain SERVICE: until the runner has no job. What it begins in the second before it stops, because it asks for no label that
# could be taken away, may end within its grace period.
drain() {
  local id end=$((SECONDS + drain_seconds)) said=
  id=$(container "$1")
  while [[ -n $id ]] && running "$id" && works_on_job "$id"; do
    [[ -n $said ]] || say "$1 works on a job; waiting for its end"
    said=1
    ((SECONDS < end)) || return 1
    sleep 2
  done
  docker compose stop "$1"
}

# with_previous COMMAND…: a docker compose over which the images of before are laid.
with_previous() {
  local file files=() all
  all=$(setting COMPOSE_FILE)
  # Without the setting, Compose takes the operator's own file beside it too.
  [[ -n $all || ! -e compose.override.yaml ]] || all=compose.yaml:compose.override.yaml
  IFS=: read -r -a all <<<"${all:-compose.yaml}"
  for file in "${all[@]}"; do files+=(--file "$file"); done
  docker compose "${files[@]}" --file "$previous" "$@"
}

go_back() {
  [[ -s $previous ]] || die 'there is nothing to go back to: no update was made here'
  say "going back: $*"
  with_previous up --detach --no-deps --no-build --wait --wait-timeout "$wait_seconds" "$@" ||
    die 'the images of before do not get healthy either: docker compose ps, docker compose logs'
}

give_up() {
  say "$1" >&2
  if ((${#renewed[@]})); then go_back "${renewed[@]}"; fi
  die 'the update was not made; what runs is as before'
}

# kinds: sorts the services that have a container. One that is new is started at the end, with all that it needs.
kinds() {
  local service id
  for service in "$@"; do
    id=$(container "$service")
    if [[ -z $id ]]; then
      continue
    elif is_runner "$id"; then
      runners+=("$service")
    elif [[ $(of '{{.HostConfig.RestartPolicy.Name}}' "$id") == no ]]; then
      preparations+=("$service")
    else
      others+=("$service")
    fi
  done
}

# fetch [build]: all images that the services name are here afterwards, and nothing has been touched.
fetch() {
  local image policy=${UPDATE_PULL_POLICY:-always}
  say 'fetching images; everything runs on meanwhile'
  docker compose pull --quiet --ignore-buildable --policy "$policy" || die 'images could not be fetched; nothing was changed'
  # Of those that may also be built here a registry has only some, such as Runnerwatch's.
  docker compose pull --quiet --ignore-pull-failures --policy "$policy" >/dev/null 2>&1
  if [[ ${1:-} == build ]]; then docker compose build --quiet || die 'images could not be built; nothing was changed'; fi
  while read -r image; do
    docker image inspect "$image" >/dev/null 2>&1 || die "$image is neither to be fetched nor built yet: try --build; nothing was changed"
  done < <(docker compose config --images)
}

update() {
  local service services others=() runners=() preparations=()
  read_project
  mapfile -t services < <(printf '%s\n' "${!hashes[@]}" | sort)
  fetch "$@"
  kinds "${services[@]}"
  if any_needs_renewal "${services[@]}"; then
    remember "${services[@]}"
    hold_recovery "${#services[@]}"
  fi
  for service in "${preparations[@]}"; do prepare "$service"; done
  renew_others "${others[@]}"
  for service in "${runners[@]}"; do renew_runner "$service"; done
  docker compose up --detach --no-build --wait --wait-timeout "$wait_seconds" || give_up 'not everything is healthy'
  if ((${#renewed[@]})); then say "renewed: ${renewed[*]}"; else say 'everything is as it should be'; fi
}

# What does its work once, then ends, such as runner-volumes.
prepare() {
  needs_renewal "$1" || return 0
  docker compose up --no-deps --no-build --exit-code-from "$1" "$1" || give_up "$1 failed"
}

renew_others() {
  local service changed=()
  for service in "$@"; do
    if needs_renewal "$service"; then changed+=("$service"); fi
  done
  ((${#changed[@]})) || return 0
  renewed+=("${changed[@]}")
  renew "${changed[@]}" || give_up "not healthy: ${changed[*]}"
}

renew_runner() {
  needs_renewal "$1" || return 0
  cordon "$(of '{{index .Config.Labels "runnerwatch.runner"}}' "$(container "$1")")"
  drain "$1" || give_up "$1 still works on a job after $drain_seconds s"
  renewed+=("$1")
  renew "$1" || give_up "$1 does not get healthy"
  uncordon
}

case ${1:-} in
  '') update ;;
  --build) update build ;;
  --roll-back)
    mapfile -t services < <(sed -nE 's/^  ([a-zA-Z0-9._-]+): \{.*/\1/p' "$previous" 2>/dev/null)
    read_project
    hold_recovery "${#services[@]}"
    go_back "${services[@]}"
    ;;
  --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]##*/}" ;;
  *) die "'$1' is not known, expected --build, --roll-back or nothing" ;;
esac
