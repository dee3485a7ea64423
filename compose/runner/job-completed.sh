#!/usr/bin/env bash
# After a job: clears what it left, and tells of it. See job.sh.
# shellcheck source-path=SCRIPTDIR source=job.sh
source "$(dirname "${BASH_SOURCE[0]}")/job.sh"

clean_workspace
clean_containers
report completed
exit 0
