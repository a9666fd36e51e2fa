#!/bin/sh
# Installs, builds and checks the console. Where there is no Node.js it says so and does nothing: the server
# then works without a console, and tests of it are skipped.
#
#   tools/web.sh install|build|check|types
set -eu
cd "$(dirname "$0")/../web"

if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
  2>/dev/null || ! command -v npm >/dev/null 2>&1; then
  echo "web: no Node.js 20.19 or later with npm, the console is left out" >&2
  exit 0
fi

# What pip is told about certificates holds for npm too.
export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-${PIP_CERT:-${SSL_CERT_FILE:-}}}"

bring() {
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error && return
  if npm ping --fetch-retries=0 --fetch-timeout=20000 >/dev/null 2>&1; then
    exit 1
  fi
  rm -rf "$1/node_modules"
  echo "web: no registry of npm answers, the console is left out" >&2
  exit 0
}

generator() {
  [ -d tools/node_modules/openapi-typescript ] || bring tools
  npm run --silent --prefix tools "$1"
}

if [ "$1" != install ] && [ ! -d node_modules ]; then
  bring .
fi
case $1 in
install) bring . ;;
build) npm run --silent build ;;
check)
  npm run --silent lint
  npm run --silent test
  generator check
  ;;
types) generator types ;;
*)
  echo "web: install, build, check or types?" >&2
  exit 2
  ;;
esac
