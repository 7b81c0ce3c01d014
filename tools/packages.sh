#!/bin/sh
# Install Debian packages that some tests need, where that is possible; elsewhere those tests are skipped.
set -eu
export PATH="$PATH:/usr/sbin:/usr/local/sbin" DEBIAN_FRONTEND=noninteractive
missing=""
for name in "$@"; do
  command -v "$name" > /dev/null || missing="$missing $name"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "Not on this machine, so their tests are skipped:$missing"
  exit 0
fi
echo "Installing$missing …"
# The packages start servers of their own; the tests start theirs.
# shellcheck disable=SC2086 - a list of words on purpose
if { apt-get update -qq && apt-get install -qq --no-install-recommends $missing; } > /dev/null; then
  for name in $missing; do service "$name" stop > /dev/null 2>&1 || true; done
else
  echo "They cannot be installed, so their tests are skipped:$missing"
fi
