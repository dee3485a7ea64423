# Shared by the stand-in's listener and worker: log files, terminal lines, HTTP.
LOG_FILE=/dev/null

open_log() {
  mkdir -p "$HOME_DIR/_diag"
  LOG_FILE=$HOME_DIR/_diag/$1_$(date -u +%Y%m%d-%H%M%S)-utc.log
}

# log CLASS LEVEL TEXT: a line of the diagnostic log, e.g. "[2026-01-01 00:00:00Z INFO MessageListener] …"
log() {
  local line
  line="[$(date -u '+%Y-%m-%d %H:%M:%SZ') $2 $1] $3"
  echo "$line" >>"$LOG_FILE"
  if [[ ${ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT:-} == 1 ]]; then echo "[$1 $2] $3"; fi
}

say() {
  echo "$1"
  log Terminal INFO "WRITE LINE: $1"
}

complain() {
  echo "$1" >&2
  log Terminal ERR "WRITE ERROR: $1"
}

stamp() { date -u '+%Y-%m-%d %H:%M:%SZ'; }

# call METHOD URL AUTHORIZATION [JSON]: sets STATUS (000 where nobody answered) and BODY. curl runs in the background,
# because bash handles a signal only between two commands or in `wait`.
call() {
  local out args=(--silent --show-error --max-time 15 --request "$1" --write-out '\n%{http_code}')
  out=$(mktemp)
  args+=(--header "Content-Type: application/json" --config -)
  [[ -z ${4:-} ]] || args+=(--data "$4")
  curl "${args[@]}" "$2" >"$out" 2>/dev/null < <(printf 'header = "Authorization: %s"\n' "$3") &
  wait "$!"
  STATUS=$(tail -n 1 "$out")
  BODY=$(sed '$d' "$out")
  rm -f "$out"
  [[ $STATUS == 2* ]]
}

# A value of a file that starts with a byte-order mark, as .runner does.
field() { sed '1s/^\xEF\xBB\xBF//' "$HOME_DIR/$1" | jq -r "$2 // empty"; }
