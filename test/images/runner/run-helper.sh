#!/usr/bin/env bash
# Starts the listener once and says by exit code what run.sh does next: 2 starts it again, all else ends.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
"$PWD/bin/Runner.Listener" run "$@"
code=$?
case $code in
  0) echo 'Runner listener exit with 0 return code, stop the service, no retry needed.' && exit 0 ;;
  1) echo 'Runner listener exit with terminated error, stop the service, no retry needed.' && exit 0 ;;
  2)
    echo 'Runner listener exit with retryable error, re-launch runner in 5 seconds.'
    sleep "${STANDIN_RESTART_SECONDS:-5}"
    exit 2
    ;;
  3 | 4) echo 'Runner listener exit because of updating, re-launch runner after successful update' && exit 2 ;;
  5) echo 'Runner listener exit with Session Conflict error, stop the service, no retry needed.' && exit 0 ;;
  7) echo "Runner listener exit with deprecated version exit code: $code." && exit "$code" ;;
  *) echo "Exiting with unknown error code: $code" && exit 0 ;;
esac
