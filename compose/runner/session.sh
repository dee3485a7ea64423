#!/usr/bin/env bash
# Sourced by entrypoint.sh and health-check.sh: what the listener's log says of its session. Uses $home of them,
# and $log_end_bytes of space.sh.
# shellcheck disable=SC2154,SC2034

session_words='Session created|Listening for Jobs|Runner reconnected|Runner connect error'
session_words+='|was not found|registration has been deleted|session for this runner already exists|is deprecated'
good_words='Session created|Listening for Jobs|Runner reconnected|Job .* completed'

# Their names end in the time, so that the last of them is the newest.
newest_log() {
  local logs=("$home"/_diag/Runner_*.log)
  [[ -f ${logs[-1]} ]] && echo "${logs[-1]}"
}

# Sets session, and good_stamp where the log has one: when the listener last wrote that all is well. Only the end of the log
# is read: it can be large. By few processes, since every health check does it.
read_session() {
  local log lines=() i word='' good=''
  session=unknown good_stamp=''
  log=$(newest_log) || return 0
  mapfile -t lines < <(tail -c "$log_end_bytes" "$log" | LC_ALL=C grep -aE "$session_words|$good_words")
  for ((i = ${#lines[@]} - 1; i >= 0; i--)); do
    # The last word of the last line that has one.
    if [[ -z $word && ${lines[i]} =~ .*($session_words) ]]; then word=${BASH_REMATCH[1]}; fi
    if [[ -z $good && ${lines[i]} =~ $good_words ]]; then good=${lines[i]}; fi
    [[ -z $word || -z $good ]] || break
  done
  # The time in the line: [2026-01-01 00:00:00Z …
  if [[ $good =~ [0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9]{2}:[0-9]{2}:[0-9]{2}Z ]]; then good_stamp=${BASH_REMATCH[0]}; fi
  case $word in
    'Session created' | 'Listening for Jobs' | 'Runner reconnected') session=good ;;
    'Runner connect error') session=connecting ;;
    'was not found' | 'registration has been deleted') session=gone ;;
    *'already exists') session=conflict ;;
    *deprecated) session=deprecated ;;
  esac
}

# exit_reason CODE: why run.sh ended, in a word. run.sh itself says 0 for almost everything.
exit_reason() {
  read_session
  case $session in
    gone) echo registration-gone ;;
    conflict) echo session-conflict ;;
    deprecated) echo version-deprecated ;;
    *) if (($1 == 7)); then echo version-deprecated; elif (($1 > 128)); then echo killed; else echo ended; fi ;;
  esac
}
