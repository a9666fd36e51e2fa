#!/bin/sh
# Runs a command whose temporary files lie in memory, where there is enough of it: what tests write and sync
# to a disk is gone when they end. Without it they take the temporary folder there is.
#
#   tools/in_memory.sh COMMAND [WORDS]
needed=$((6 * 1024 * 1024)) # KiB
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
left=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo 2>/dev/null)
if [ "${room:-0}" -ge $needed ] && [ "${left:-0}" -ge $((2 * needed)) ]; then
  TMPDIR=$(mktemp -d /dev/shm/starwhale.XXXXXX) || exit
  chmod 1777 "$TMPDIR"
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
  trap 'exit 130' INT TERM
fi
"$@"
