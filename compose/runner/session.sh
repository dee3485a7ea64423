#!/usr/bin/env bash
# Sourced by entrypoint.sh and health-check.sh: what the listener's log says of its session. Uses $home of them.
# shellcheck disable=SC2154

session_words='Session created|Listening for Jobs|Runner reconnected|Runner connect error'
session_words+='|was not found|registration has been deleted|session for this runner already exists|is deprecated'

# Their names end in the time, so that the last of them is the newest.
newest_log() {
  local logs=("$home"/_diag/Runner_*.log)
  [[ -f ${logs[-1]} ]] && echo "${logs[-1]}"
}

# Only the end of the log is read: it can be large.
log_end() { tail -c 262144 "$1" | grep -aE "$2" | tail -n 1; }

session() {
  local log line
  log=$(newest_log) || { echo unknown; return; }
  line=$(log_end "$log" "$session_words" | grep -oE "$session_words" | tail -n 1)
  case $line in
    'Session created' | 'Listening for Jobs' | 'Runner reconnected') echo good ;;
    'Runner connect error') echo connecting ;;
    *'was not found' | 'registration has been deleted') echo gone ;;
    *'already exists') echo conflict ;;
    *deprecated) echo deprecated ;;
    *) echo unknown ;;
  esac
}

# Seconds since the listener last wrote that all is well, by the time in the line: [2026-01-01 00:00:00Z …
good_age() {
  local log stamp
  log=$(newest_log) || return
  stamp=$(log_end "$log" 'Session created|Listening for Jobs|Runner reconnected|Job .* completed' |
    grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}Z' | head -n 1)
  [[ -n $stamp ]] && echo $(($(date +%s) - $(date -d "$stamp" +%s)))
}

# exit_reason CODE: why run.sh ended, in a word. run.sh itself says 0 for almost everything.
exit_reason() {
  case $(session) in
    gone) echo registration-gone ;;
    conflict) echo session-conflict ;;
    deprecated) echo version-deprecated ;;
    *) if (($1 == 7)); then echo version-deprecated; elif (($1 > 128)); then echo killed; else echo ended; fi ;;
  esac
}
