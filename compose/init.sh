#!/usr/bin/env bash
# Makes what belongs to the operator and is never in git: .env, runnerwatch.yml and the secrets. Overwrites nothing, so
# that it may be run again at any time.
#
# The secrets' directory is closed and its files are readable: Compose mounts each file as it is, into containers whose
# users this host does not know, and nobody else on the host gets past the directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# keep FILE: says that a file stays as it is, or fails where there is none yet.
keep() { [[ -e $1 ]] && echo "kept     $1"; }

# make FILE MODE: standard input becomes the file, in one step and never readable by others on the way.
make() {
  local draft
  draft=$(umask 077 && mktemp "$1.XXXXXX")
  cat >"$draft"
  chmod "$2" "$draft"
  mv -n "$draft" "$1"
  echo "created  $1"
}

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# shellcheck source-path=SCRIPTDIR source=settings.sh
source ./settings.sh

keep .env || make .env 600 <.env.example
keep runnerwatch.yml || make runnerwatch.yml 644 <runnerwatch.example.yml
secrets=$(setting SECRETS_DIR)
secrets=${secrets:-secrets}
mkdir -p "$secrets" && chmod 700 "$secrets"
keep "$secrets/recovery_token" || random | make "$secrets/recovery_token" 444
keep "$secrets/grafana_admin_password" || random | make "$secrets/grafana_admin_password" 444
keep "$secrets/github_token" || setting GITHUB_TOKEN | make "$secrets/github_token" 444
if [[ ! -s $secrets/github_token ]]; then
  echo "next:    write a GitHub token that may administer self-hosted runners to $secrets/github_token"
fi
./check-network.sh
