#!/usr/bin/env bash
# What deploy-homeassistant.yml runs on the runner, one word per step. The host's side is gate.sh.
#
#   connect      takes the key into an agent and opens the one connection that all further steps use
#   run WORD…    has the host do one thing of gate.sh
#   healthy      waits until Home Assistant is well: HEALTH_TIMEOUT seconds, asked every HEALTH_INTERVAL
#   roll-back    returns to COMMIT_BEFORE; restarts where RESTARTED says that the new one was tried
#   summary      writes what came of it to the page of the run
#   disconnect   closes the connection and forgets the key
set -euo pipefail
export LC_ALL=C

folder=$RUNNER_TEMP/homeassistant
agent=$folder/agent
config=$folder/config

fail() {
  echo "::error title=Deployment to Home Assistant::$1"
  exit 1
}

on_host() { timeout "$1" ssh -n -F "$config" homeassistant "${@:2}"; }

write_config() {
  cat >"$config" <<END
Host homeassistant
  HostName $HOMEASSISTANT_HOST
  Port ${HOMEASSISTANT_PORT:-22}
  User ${HOMEASSISTANT_USER:-root}
  UserKnownHostsFile $folder/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  IdentityAgent $agent
  IdentityFile none
  PreferredAuthentications publickey
  BatchMode yes
  ForwardAgent no
  RequestTTY no
  ConnectTimeout 10
  ServerAliveInterval 15
  ServerAliveCountMax 3
  ControlMaster auto
  ControlPath $folder/%C
  ControlPersist 10m
END
}

# ssh-add asks this program, and asks again for ever while the passphrase is wrong.
write_askpass() {
  cat >"$folder/askpass" <<'END'
#!/usr/bin/env bash
[[ $1 != Bad* ]] || exit 1
: >"${0%/*}/asked"
printf '%s\n' "$HOMEASSISTANT_SSH_PASSPHRASE"
END
  chmod 700 "$folder/askpass"
}

# The key is never in a file, and neither it nor the passphrase is ever an argument.
take_key() {
  ssh-agent -a "$agent" -t 3600 >"$folder/agent.env"
  export SSH_AUTH_SOCK=$agent SSH_ASKPASS=$folder/askpass SSH_ASKPASS_REQUIRE=force
  printf '%s\n' "${HOMEASSISTANT_SSH_KEY//$'\r'/}" | timeout 20 ssh-add -q - ||
    fail 'the key could not be read: HOMEASSISTANT_SSH_KEY is no private key, or HOMEASSISTANT_SSH_PASSPHRASE is not its passphrase'
  [[ -e $folder/asked ]] || fail 'HOMEASSISTANT_SSH_KEY has no passphrase: ssh-keygen -p gives it one'
}

connect() {
  local name said=$folder/said
  for name in HOMEASSISTANT_HOST HOMEASSISTANT_KNOWN_HOSTS HOMEASSISTANT_SSH_KEY HOMEASSISTANT_SSH_PASSPHRASE; do
    [[ -n ${!name:-} ]] || fail "$name is empty: the environment of this job must have it"
  done
  command -v ssh-add >/dev/null || fail 'this runner has no OpenSSH client'
  mkdir -m 700 "$folder"
  printf '%s\n' "$HOMEASSISTANT_KNOWN_HOSTS" >"$folder/known_hosts"
  write_config
  write_askpass
  take_key
  # Into a file: what stays in the background would keep a pipe open.
  if ! timeout 30 ssh -F "$config" -fNM homeassistant </dev/null >"$said" 2>&1; then
    cat "$said"
    case $(<"$said") in
      *'Host key verification failed'*) fail "$HOMEASSISTANT_HOST has none of the host keys in HOMEASSISTANT_KNOWN_HOSTS" ;;
      *'Permission denied'*) fail "$HOMEASSISTANT_HOST does not take the key for ${HOMEASSISTANT_USER:-root}" ;;
      *) fail "$HOMEASSISTANT_HOST could not be reached" ;;
    esac
  fi
  echo "connected to $HOMEASSISTANT_HOST"
}

# Two good answers in a row: Home Assistant may still say RUNNING while it goes down.
healthy() {
  local limit=${HEALTH_TIMEOUT:-300} from=$SECONDS good=0 state=none
  while ((SECONDS - from < limit)); do
    if state=$(on_host 30 health 2>&1); then good=$((good + 1)); else good=0; fi
    echo "after $((SECONDS - from)) s: $state"
    ((good < 2)) || return 0
    sleep "${HEALTH_INTERVAL:-5}"
  done
  fail "Home Assistant was not well within $limit s; last: $state"
}

roll_back() {
  local commit
  commit=$(on_host 180 return "$COMMIT_BEFORE") || fail 'could not return to the commit before: mend it by hand'
  echo "back at $commit"
  on_host 330 check || fail "the configuration before ($commit) does not pass the check either: nothing was restarted"
  if [[ ${RESTARTED:-skipped} == skipped ]]; then return; fi
  on_host 630 restart || echo '::warning::the restart ended with an error; what counts is whether Home Assistant is well'
  healthy
}

summary() {
  local result
  case ${JOB_STATUS:-}/${UPDATED:-skipped}/${ROLLED_BACK:-skipped} in
    success/*) result='✅ deployed' ;;
    */skipped/* | */failure/success) result='❌ nothing was changed' ;;
    */success) result='↩️ rolled back' ;;
    *) result='🔥 failed, and so did the roll-back: Home Assistant needs you' ;;
  esac
  cat >>"$GITHUB_STEP_SUMMARY" <<END
### Home Assistant: $result

| | commit |
| --- | --- |
| before | \`${COMMIT_BEFORE:-unknown}\` |
| asked for | \`$GITHUB_SHA\` |
| check | ${CHECKED:-skipped} |
| restart | ${RESTARTED:-skipped} |
| health | ${WELL:-skipped} |
END
}

disconnect() {
  local SSH_AGENT_PID=
  if [[ -S $agent ]]; then ssh -F "$config" -O exit homeassistant 2>/dev/null || true; fi
  # shellcheck source=/dev/null
  if [[ -s $folder/agent.env ]]; then . "$folder/agent.env" >/dev/null; fi
  if [[ -n $SSH_AGENT_PID ]]; then kill "$SSH_AGENT_PID" 2>/dev/null || true; fi
  rm -rf "$folder"
}

case ${1:-} in
  connect) connect ;;
  run) on_host 660 "${@:2}" ;;
  healthy) healthy ;;
  roll-back) roll_back ;;
  summary) summary ;;
  disconnect) disconnect ;;
  *) fail 'connect, run, healthy, roll-back, summary or disconnect' ;;
esac
