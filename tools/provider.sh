#!/bin/sh
# Brings the OpenID provider that the tests of logging in by another account talk to, where the machine has
# Node.js. Without one they are skipped with that reason.
#
#   tools/provider.sh
cd "$(dirname "$0")/.." || exit 0
there=build/oidc-provider
[ -d "$there/node_modules/oidc-provider" ] && exit 0
if command -v npm >/dev/null 2>&1; then
  mkdir -p "$there"
  # What pip is told about certificates holds for npm too.
  export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-${PIP_CERT:-${SSL_CERT_FILE:-}}}"
  timeout 300 npm install --prefix "$there" --silent --no-audit --no-fund oidc-provider@9.13.3 >/dev/null 2>&1
fi
[ -d "$there/node_modules/oidc-provider" ] || echo "provider: no OpenID provider to be had, its tests will be skipped" >&2
exit 0
