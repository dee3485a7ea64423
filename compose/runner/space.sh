#!/usr/bin/env bash
# Sourced by entrypoint.sh and health-check.sh: how much room there is, and how a start makes some where it is short. Uses
# $home and $state of them, and for the latter say().
# shellcheck disable=SC2154

# Below these a job fails for want of room.
min_bytes=${RUNNER_MIN_FREE_BYTES:-1073741824} min_inodes=10000
# Where there are only logs: enough for some days of them.
min_log_bytes=67108864 min_log_inodes=1000
# What the health check reads of a log.
log_end_bytes=262144

work_directory() {
  local work=${RUNNER_WORK_DIR:-_work}
  [[ $work == /* ]] || work=$home/$work
  echo "$work"
}

# measure DIRECTORY: sets bytes and inodes, empty where nobody knows. Without a fixed number of inodes, as btrfs is, a file
# system has 0 of 0.
measure() {
  local blocks size free all
  bytes='' inodes=''
  read -r blocks size free all < <(stat --file-system --format '%a %S %d %c' "$1" 2>/dev/null) || return 0
  bytes=$((blocks * size))
  ((all == 0)) || inodes=$free
}

work_is_short() {
  measure "$(work_directory)"
  ((${bytes:-min_bytes} < min_bytes || ${inodes:-min_inodes} < min_inodes))
}

# Also where they share their room with the work directory: the two look like two file systems inside a container.
logs_are_short() {
  measure "$home/_diag"
  ((${bytes:-min_log_bytes} < min_log_bytes || ${inodes:-min_log_inodes} < min_log_inodes))
}

logs_are_beside_work() { [[ $(size_of "$home/_diag") == "$(size_of "$(work_directory)")" ]] && work_is_short; }
size_of() { stat --file-system --format '%b %S %c' "$1" 2>/dev/null; }

# make_room: by need, what is cheapest to lose first. Tools stay, and so does what lies behind a link or on another file
# system. Only before a start: what a job works with is no business of it.
make_room() {
  local end=$((SECONDS + 120)) freed=0
  if alive Runner.Worker; then return 0; fi
  lose_work _temp _actions _update
  lose_logs
  lose_workspaces
  ((freed == 0)) || say "made room: $((freed / 1048576)) MiB"
  ((freed == 0)) || echo "$freed" >"$state/made-room"
}

# lose PATH: adds to $freed. Paths are absolute, so that none is an option.
lose() {
  local before=${bytes:-0}
  ((SECONDS < end)) || return 1
  say "room is short (${bytes:-unknown} bytes, ${inodes:-unknown} inodes left): clearing ${1@Q}"
  delete "$1" || say "some of ${1@Q} stays: it belongs to others, or there was no more time"
  measure "$(dirname "$1")"
  ((freed += ${bytes:-0} > before ? ${bytes:-0} - before : 0))
}

# A link goes, and what it points to stays. What some tools make read-only goes with the second try.
delete() {
  local left=$((end - SECONDS + 1))
  timeout "$left" find "$1" -xdev -delete 2>/dev/null && return 0
  timeout "$left" find "$1" -xdev -type d ! -perm -u+rwx -exec chmod u+rwx {} \; 2>/dev/null
  timeout "$left" find "$1" -xdev -delete 2>/dev/null
}

# lose_work NAME…: what has these names in the work directory, until it is not short any more.
lose_work() {
  local work name
  work=$(work_directory)
  [[ -d $work && ! -L $work ]] || return 0
  for name in "$@"; do
    [[ -e $work/$name || -L $work/$name ]] || continue
    work_is_short || return 0
    lose "$work/$name" || return 0
  done
}

# Those of repositories, the longest unused first. Names that begin with _ are the runner's own.
lose_workspaces() {
  local work names
  work=$(work_directory)
  work_is_short || return 0
  mapfile -d '' names < <(
    find "$work" -xdev -mindepth 1 -maxdepth 1 ! -name '_*' -printf '%f\0' 2>/dev/null | by_last_use "$work"
  )
  lose_work "${names[@]}"
}

# by_last_use DIRECTORY: sorts the names that it reads. Of a workspace, its repository's directory below tells when.
by_last_use() {
  local name
  while IFS= read -r -d '' name; do
    printf '%s %s\0' "$(find "$1/$name" -xdev -maxdepth 1 -printf '%T@\n' 2>/dev/null | sort -n | tail -n 1)" "$name"
  done | sort -zn | cut -zd ' ' -f 2-
}

# The listener's and the workers' logs, and what jobs wrote to be sent; of the newest log the end stays.
lose_logs() {
  local path newest
  [[ -d $home/_diag && ! -L $home/_diag ]] || return 0
  newest=$(newest_log)
  while IFS= read -r -d '' path; do
    [[ $path != "$newest" ]] || continue
    logs_are_short || logs_are_beside_work || return 0
    lose "$path" || return 0
  done < <(find "$home/_diag" -xdev -mindepth 1 -maxdepth 1 -printf '%T@ %p\0' 2>/dev/null | sort -zn | cut -zd ' ' -f 2-)
  if logs_are_short && [[ -n $newest && ! -L $newest ]]; then keep_end "$newest"; fi
}

keep_end() {
  local text before=${bytes:-0}
  (($(stat --format %s "$1") > log_end_bytes)) || return 0
  text=$(tail -c "$log_end_bytes" "$1" | tr -d '\0')
  say "room is short: keeping only the end of ${1@Q}"
  printf '%s\n' "$text" >"$1"
  measure "$home/_diag"
  ((freed += ${bytes:-0} > before ? ${bytes:-0} - before : 0))
}
