#!/usr/bin/env bash
# Sourced by the scripts beside it.

# setting NAME: as Compose would read it, from the environment or else from .env: without quotes, and without a comment
# behind it.
setting() {
  local line
  line=$(grep -E "^(export )?$1=" .env 2>/dev/null | tail -n 1 | tr -d '\r' || true)
  line=$(sed -E "s/^ *\"([^\"]*)\".*/\1/; t; s/^ *'([^']*)'.*/\1/; t; s/ +#.*//; s/^ +//; s/ +$//" <<<"${line#*=}")
  printf '%s' "${!1:-$line}"
}
