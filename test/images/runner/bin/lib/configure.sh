# `configure` and `remove`: the runner's arguments, also as ACTIONS_RUNNER_INPUT_<NAME>, and its files.
declare -A INPUT=()
RUNNER_FILES=(.runner .credentials .credentials_rsaparams)

# Options that take a value; the others are switches.
takes_value() { [[ $1 =~ ^(url|token|name|labels|work|runnergroup|pat)$ ]]; }
is_switch() { [[ $1 =~ ^(unattended|replace|ephemeral|disableupdate|no-default-labels|local)$ ]]; }

read_input() {
  local key
  for key in url token name labels work runnergroup replace ephemeral disableupdate unattended; do
    local variable=ACTIONS_RUNNER_INPUT_${key^^}
    [[ -z ${!variable:-} ]] || INPUT[$key]=${!variable}
  done
  while (($#)); do
    key=${1#--}
    if takes_value "$key"; then
      INPUT[$key]=${2:-}
      shift
    elif is_switch "$key"; then
      INPUT[$key]=true
    else
      complain "Unrecognized command-line input arguments: '$key'. For usage refer to: ./config.sh --help"
      exit 1
    fi
    shift
  done
}

need_input() {
  [[ -n ${INPUT[$1]:-} ]] && return
  complain "Invalid configuration provided for $1. Terminating unattended configuration."
  exit 1
}

refuse() {
  complain "$1"
  exit 1
}

# exchange EVENT: gives the one-hour registration or removal token for the address and token of the runner service.
exchange() {
  local origin
  origin=$(sed -E 's#^(https?://[^/]+).*#\1#' <<<"${INPUT[url]}")
  local address=$origin/api/v3/actions/runner-registration
  call POST "$address" "RemoteAuth ${INPUT[token]}" \
    "$(jq -n --arg url "${INPUT[url]}" --arg event "$1" '{url: $url, runner_event: $event}')" && return
  refuse "Http response code: $STATUS from 'POST $address'"
}

configure() {
  open_log Runner
  read_input "$@"
  if [[ -e $HOME_DIR/.runner || -e $HOME_DIR/.runner_migrated ]]; then
    refuse "Cannot configure the runner because it is already configured. To reconfigure the runner, run 'config.cmd remove' or './config.sh remove' first."
  fi
  need_input url
  need_input token
  exchange register
  say '√ Connected to GitHub'
  local service token name=${INPUT[name]:-$(hostname)}
  service=$(jq -r .url <<<"$BODY")
  token=$(jq -r .token <<<"$BODY")
  call POST "$service/agents" "Bearer $token" "$(agent_json "$name")" || refuse "Failed to add the runner. $(jq -r '.message // empty' <<<"$BODY")"
  write_files "$service" "$BODY" "$name"
  say '√ Runner successfully added'
  say '√ Runner connection is good'
  say '√ Settings Saved.'
}

agent_json() {
  jq -n --arg name "$1" --arg labels "${INPUT[labels]:-}" --arg version "$VERSION" \
    --arg bare "${INPUT[no-default-labels]:-}" --arg replace "${INPUT[replace]:-}" --arg ephemeral "${INPUT[ephemeral]:-}" \
    '{name: $name, version: $version, replace: ($replace != ""), ephemeral: ($ephemeral != ""),
      labels: ($labels | split(",") | map(select(. != ""))), defaultLabels: ($bare == "")}'
}

write_files() {
  local service=$1 agent=$2 name=$3
  {
    printf '\xEF\xBB\xBF'
    jq -n --argjson agent "$agent" --arg name "$name" --arg service "$service" --arg url "${INPUT[url]}" \
      --arg work "${INPUT[work]:-_work}" --arg ephemeral "${INPUT[ephemeral]:-}" --arg update "${INPUT[disableupdate]:-}" \
      '{agentId: $agent.id, agentName: $name, poolId: 1, poolName: "Default", serverUrl: $service, gitHubUrl: $url, workFolder: $work}
       + (if $ephemeral == "" then {} else {ephemeral: true} end) + (if $update == "" then {} else {disableUpdate: true} end)'
  } >"$HOME_DIR/.runner"
  jq -n --argjson agent "$agent" --arg service "$service" \
    '{scheme: "OAuth", data: {clientId: $agent.clientId, authorizationUrl: ($service + "/oauth2/token"), requireFipsCryptography: "True"}}' \
    >"$HOME_DIR/.credentials"
  jq -n --arg exponent AQAB --arg modulus "$(head -c 256 /dev/urandom | base64 -w0)" \
    '{exponent: $exponent, modulus: $modulus}' >"$HOME_DIR/.credentials_rsaparams"
  chmod 600 "$HOME_DIR/.credentials" "$HOME_DIR/.credentials_rsaparams"
  mkdir -p "$HOME_DIR/${INPUT[work]:-_work}"
}

remove() {
  open_log Runner
  read_input "$@"
  if [[ -e $HOME_DIR/.runner && -z ${INPUT[local]:-} ]]; then
    need_input token
    INPUT[url]=$(field .runner .gitHubUrl)
    exchange remove
    call DELETE "$(jq -r .url <<<"$BODY")/agents/$(field .runner .agentId)" "Bearer $(jq -r .token <<<"$BODY")" ||
      [[ $STATUS == 404 ]] || refuse "Failed: Removing runner from the server (HTTP $STATUS)"
    say '√ Runner removed successfully'
  fi
  (cd "$HOME_DIR" && rm -f "${RUNNER_FILES[@]}")
  say '√ Removed .credentials'
  say '√ Removed .runner'
}
