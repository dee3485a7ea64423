#!/usr/bin/env bash
# Before a job: tells of it, and clears the files of one that was killed. See job.sh.
# Containers stay: they may be this job's own already.
# shellcheck source-path=SCRIPTDIR source=job.sh
source "$(dirname "${BASH_SOURCE[0]}")/job.sh"

report started
clean_workspace
exit 0
