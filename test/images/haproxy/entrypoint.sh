#!/bin/sh
# Like the official image: options alone mean haproxy, and haproxy runs in the foreground with a master process.
set -e
case ${1:-} in
  -*) set -- haproxy "$@" ;;
esac
if [ "${1:-}" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
