#!/bin/sh
# Makes a virtual environment that holds exactly what uv.lock says, and Starwhale itself, editable.
#
#   tools/install.sh DIRECTORY [flags of `uv sync`: the groups and extras that are wanted]
#
# Asks of the machine only Python 3.11 or later with pip. What pip is told about indexes, certificates,
# proxies and time limits (pip.conf, PIP_*) holds for uv too. PYTHON names another interpreter.
set -eu

cd "$(dirname "$0")/.."
venv=$1
shift

fail() {
  echo "install: $1" >&2
  exit 1
}

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  fail "no Python 3.11 or later found; install one, or name it: make install PYTHON=/path/to/python3"
}

# The value of one setting of pip's, from its environment variable or else its files.
pip_setting() {
  "$venv/bin/python" -m pip config list 2>/dev/null |
    sed -n "s/^\([^=]*\)\.$1='\(.*\)'\$/\1 \2/p" | sort | sed -n '1s/^[^ ]* //p'
}

make_venv() {
  new_enough "$venv/bin/python" && return
  python=$(find_python)
  echo "install: new virtual environment in $venv ($("$python" --version))"
  rm -rf "$venv"
  "$python" -m venv "$venv" ||
    fail "'$python -m venv' failed; on Debian and Ubuntu it needs the package python3-venv"
}

need_pip() {
  "$venv/bin/python" -c 'import pip' 2>/dev/null || "$venv/bin/python" -m ensurepip --default-pip >/dev/null
}

find_uv() {
  if [ -x "$venv/bin/uv" ]; then
    echo "$venv/bin/uv"
  elif uv --version >/dev/null 2>&1; then
    command -v uv
  else
    echo "install: no uv on this machine, pip brings it into $venv" >&2
    need_pip
    "$venv/bin/python" -m pip install -qq "uv>=0.5" >&2 || fail "pip could not install uv"
    echo "$venv/bin/uv"
  fi
}

tell_uv_what_pip_knows() {
  need_pip
  certificates=$(pip_setting cert)
  [ -n "${SSL_CERT_FILE:-}" ] || [ -z "${certificates:=${REQUESTS_CA_BUNDLE:-${CURL_CA_BUNDLE:-}}}" ] ||
    export SSL_CERT_FILE="$certificates"
  proxy=$(pip_setting proxy)
  [ -n "${HTTPS_PROXY:-${https_proxy:-}}" ] || [ -z "$proxy" ] || export HTTPS_PROXY="$proxy"
  timeout=$(pip_setting default-timeout)
  [ -n "${UV_HTTP_TIMEOUT:-}" ] || [ -z "$timeout" ] || export UV_HTTP_TIMEOUT="$timeout"
}

# The lock names the files of the public index; whoever has told pip of another one gets the same
# versions, checked against the same hashes, from there.
sync_through_pip() {
  mkdir -p build
  "$uv" export --frozen --quiet --no-emit-project "$@" --output-file build/requirements.txt
  "$venv/bin/python" -m pip install -qq --require-hashes --requirement build/requirements.txt
  "$venv/bin/python" -m pip install -qq --no-deps --editable .
}

make_venv
uv=$(find_uv)
tell_uv_what_pip_knows
unset VIRTUAL_ENV
# In a checkout `make console` builds the console, for whoever wants to look at it.
export UV_PROJECT_ENVIRONMENT="$venv" UV_PYTHON_DOWNLOADS=never STARWHALE_WEB="${STARWHALE_WEB:-skip}"
if [ -n "$(pip_setting index-url)" ] && [ -z "${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}" ]; then
  sync_through_pip "$@"
else
  "$uv" sync --frozen --inexact --python "$venv/bin/python" "$@"
fi

# Compiled here, whatever PYTHONDONTWRITEBYTECODE says: a first start must not be slower than the next.
[ "${STARWHALE_COMPILE:-}" = skip ] || "$venv/bin/python" -m compileall -q -j 0 src "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
  >/dev/null 2>&1 || true
version=$("$venv/bin/swcli" --version) || fail "swcli does not start; remove $venv and try again"
echo "install: $version in $venv/bin/swcli"
