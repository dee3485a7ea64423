# `run`: one session, one job at a time. Exit codes: 0 done or gone from the server, 1 terminated, 5 session conflict,
# 7 deprecated version (only where ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1).
SESSION=
WORKER=
JOB_ID=
JOB_NAME=
PAUSE=${STANDIN_RETRY_SECONDS:-1}

pause() {
  sleep "$PAUSE" &
  wait "$!"
}

service() { call "$1" "$SERVICE/$2" "Bearer $CLIENT" "${3:-}"; }

run() {
  [[ -z ${STANDIN_EXIT_CODE:-} ]] || exit "$STANDIN_EXIT_CODE"
  open_log Runner
  unpack_jit_config
  if [[ ! -s $HOME_DIR/.runner ]]; then
    complain 'Not configured. Run config.(sh/cmd) to configure the runner.'
    exit 1
  fi
  SERVICE=$(field .runner .serverUrl)
  AGENT=$(field .runner .agentId)
  CLIENT=$(field .credentials .data.clientId)
  trap 'end_on_signal' INT TERM
  say ''
  create_session
  say "Current runner version: '$VERSION'"
  say "$(stamp): Listening for Jobs"
  while :; do listen; done
}

# A configuration for one job is the runner's files, packed; the real one writes them too.
unpack_jit_config() {
  local file
  [[ -n ${ACTIONS_RUNNER_INPUT_JITCONFIG:-} ]] || return 0
  for file in .runner .credentials .credentials_rsaparams; do
    base64 -d <<<"$ACTIONS_RUNNER_INPUT_JITCONFIG" | jq -r --arg file "$file" '.[$file]' | base64 -d >"$HOME_DIR/$file"
  done
  unset ACTIONS_RUNNER_INPUT_JITCONFIG
}

end_on_signal() {
  trap '' INT TERM
  say 'Exiting...'
  if [[ -n $WORKER ]]; then
    kill "$WORKER" 2>/dev/null
    finish_job
  fi
  delete_session
  exit 0
}

delete_session() {
  [[ -z $SESSION ]] || service DELETE "sessions/$SESSION"
  log MessageListener INFO 'Session deleted.'
}

# Once per outage, as the real one does, not once per try.
unreachable() {
  [[ -n ${OFFLINE:-} ]] || complain "$(stamp): Runner connect error: the service answered ${STATUS/000/nothing}. Retrying until reconnected."
  OFFLINE=1
  pause
}

reconnected() {
  [[ -z ${OFFLINE:-} ]] || say "$(stamp): Runner reconnected."
  OFFLINE=
}

# The registration is gone: whoever runs this runner has to configure it anew.
forgotten() {
  log MessageListener ERR "The runner was not found: agent $AGENT."
  complain 'The runner registration has been deleted from the server, please re-configure.'
  [[ -z $WORKER ]] || kill "$WORKER" 2>/dev/null
  exit "$1"
}

deprecated() {
  complain "Runner version v$VERSION is deprecated and cannot receive messages."
  [[ ${ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE:-} != 1 ]] || exit 7
  exit 1
}

create_session() {
  local conflict_since=
  while ! service POST sessions "$(jq -n --arg id "$AGENT" --arg version "$VERSION" '{agentId: ($id | tonumber), version: $version}')"; do
    case $STATUS in
      401 | 404) forgotten 1 ;;
      403) deprecated ;;
      409)
        [[ -n $conflict_since ]] || complain 'A session for this runner already exists.'
        conflict_since=${conflict_since:-$SECONDS}
        if ((SECONDS - conflict_since >= ${STANDIN_CONFLICT_SECONDS:-240})); then
          log MessageListener ERR 'The session for this runner already exists: giving up.'
          exit 5
        fi
        pause
        ;;
      *) unreachable ;;
    esac
  done
  reconnected
  SESSION=$(jq -r .sessionId <<<"$BODY")
  log MessageListener INFO 'Session created.'
}

# One turn: ask for a message (the service holds the question for a second), then look after the job.
listen() {
  if service GET "messages?sessionId=$SESSION"; then
    reconnected
    [[ $STATUS != 200 ]] || start_job
  else
    case $STATUS in
      404) forgotten 0 ;;
      410) create_session ;;
      *) unreachable ;;
    esac
  fi
  [[ -z $WORKER ]] || tend_job
}

start_job() {
  JOB_ID=$(jq -r .jobId <<<"$BODY")
  JOB_NAME=$(jq -r .name <<<"$BODY")
  say "$(stamp): Running job: $JOB_NAME"
  "$HOME_DIR/bin/Runner.Worker" spawnclient "$JOB_NAME" "$(jq -r .seconds <<<"$BODY")" &
  WORKER=$!
  ENDED=
}

tend_job() {
  if kill -0 "$WORKER" 2>/dev/null; then
    service POST "jobs/$JOB_ID/renew" '{}'
  else
    finish_job
  fi
}

finish_job() {
  local result=Failed
  # A signal may come while the end is told: the worker's code can be had only once, so it is kept.
  [[ -n $ENDED ]] || { wait "$WORKER"; ENDED=$?; }
  case $ENDED in
    100) result=Succeeded ;;
    103 | 143) result=Canceled ;; # 143: told to end before it could listen
  esac
  WORKER=
  service POST "jobs/$JOB_ID/complete" "{\"result\":\"$result\"}"
  say "$(stamp): Job $JOB_NAME completed with result: $result"
  if [[ $(field .runner .ephemeral) == true ]]; then
    delete_session
    exit 0
  fi
}
