#!/usr/bin/env bash
# Registers (config.sh --url … --token …) or takes out (config.sh remove --token …) this runner.
if ((EUID == 0)) && [[ -z ${RUNNER_ALLOW_RUNASROOT:-} ]]; then
  echo 'Must not run with sudo'
  exit 1
fi
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
if [[ ${1:-} == remove ]]; then
  exec "$PWD/bin/Runner.Listener" "$@"
fi
exec "$PWD/bin/Runner.Listener" configure "$@"
