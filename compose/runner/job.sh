#!/usr/bin/env bash
# Sourced by the two job hooks, which the runner calls before a job's first step and after its last one. Nothing here
# fails a job: what went wrong is said in the job's log.

# shellcheck source-path=SCRIPTDIR source=decoys.sh
source "$(dirname "${BASH_SOURCE[0]}")/decoys.sh"

say() { echo "runner-hook: $*"; }

# report started|completed: who runs what, for Runnerwatch's audit log. Known by this container's address, so that a job
# can say nothing of other runners; of its own one it can say what it likes. Without the home directory, in which an earlier
# job may have left a .jq with other words for jq.
report() {
  [[ -n ${RUNNER_BROKER_URL:-} ]] || return 0
  HOME=/nonexistent jq -n --arg phase "$1" '{phase: $phase} + (env | {
      repository: .GITHUB_REPOSITORY, workflow: .GITHUB_WORKFLOW, run_id: .GITHUB_RUN_ID, run_attempt: .GITHUB_RUN_ATTEMPT,
      job: .GITHUB_JOB, actor: .GITHUB_ACTOR, triggering_actor: .GITHUB_TRIGGERING_ACTOR, event: .GITHUB_EVENT_NAME,
      ref: .GITHUB_REF, sha: .GITHUB_SHA
    } | map_values(select(. != null and . != "") | .[0:256]))' |
    curl --disable --silent --show-error --fail --noproxy '*' --max-time 5 --output /dev/null \
      --header 'Content-Type: application/json' --data-binary @- "$RUNNER_BROKER_URL/api/v1/runner-job" ||
    say 'Runnerwatch was not told of this job'
}

# clean_workspace: what a job left in its repository's directory is no business of the next one.
clean_workspace() {
  local work workspace
  [[ ${RUNNER_KEEP_WORKSPACE:-} != true && -n ${GITHUB_WORKSPACE:-} && -d ${GITHUB_WORKSPACE:-} ]] || return 0
  work=${RUNNER_WORK_DIR:-_work}
  [[ $work == /* ]] || work=${RUNNER_HOME:-/home/runner}/$work
  # Resolved, so that no link leads the deletion elsewhere.
  work=$(realpath -e "$work") && workspace=$(realpath -e "$GITHUB_WORKSPACE") || return 0
  [[ $workspace == "$work"/?* ]] || { say "$workspace is outside of $work: it stays as it is"; return 0; }
  find "$workspace" -mindepth 1 -delete || say 'some files belong to others and stay, as containers of the job make them'
}

# clean_containers: only what is surely this runner's. On an engine of its own that is everything; on one that others use,
# what carries the label runnerwatch.job-of=<runner>.
clean_containers() {
  local filter=() found
  [[ ${DOCKER_HOST:-} != "$(docker_decoy)" ]] || return 0
  command -v docker >/dev/null && docker version >/dev/null 2>&1 || return 0
  [[ ${RUNNER_OWN_DOCKER:-} == true ]] || filter=(--filter "label=runnerwatch.job-of=${RUNNER_NAME:-$(hostname)}")
  mapfile -t found < <(docker ps --all --quiet --no-trunc "${filter[@]}")
  ((${#found[@]} == 0)) || docker rm --force --volumes "${found[@]}" >/dev/null || say 'some containers stay'
  mapfile -t found < <(docker network ls --quiet --filter type=custom "${filter[@]}")
  ((${#found[@]} == 0)) || docker network rm "${found[@]}" >/dev/null || say 'some networks stay'
}
