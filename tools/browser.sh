#!/bin/sh
# Brings a Chromium for the tests of web pages, where the machine has none. Without one they are skipped, so
# a machine that can have none is no failure.
#
#   tools/browser.sh VENV
venv=$1

found() {
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  [ -n "$(find "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}" -maxdepth 1 -name 'chromium*' 2>/dev/null)" ]
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  { timeout 120 apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -qq -y chromium fonts-wqy-zenhei; } \
    >/dev/null 2>&1
fi
found || timeout 300 "$venv/bin/playwright" install chromium-headless-shell >/dev/null 2>&1
found || echo "browser: no Chromium to be had, tests of web pages will be skipped" >&2
exit 0
