#!/usr/bin/env bash
# Sourced by the scripts beside it.

# setting NAME: as Compose would read it, from the environment or else from .env.
setting() {
  local line
  line=$(grep -E "^$1=" .env 2>/dev/null | tail -n 1 || true)
  printf '%s' "${!1:-${line#*=}}" | tr -d "\"' \r"
}
