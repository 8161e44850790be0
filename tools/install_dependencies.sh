#!/bin/sh
# Installs the Debian packages, models and parts of web pages that are missing, and does nothing when all are
# there, so that everything works a second time without a network.
set -eu
cd "$(dirname "$0")/.."

missing=""
for package in $(grep -v '^#' tools/packages.txt); do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
    missing="$missing $package"
done
# npm may come from elsewhere than Debian; the command is what counts.
command -v npm >/dev/null 2>&1 || missing="$missing npm"

if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "these Debian packages are missing, and only root can install them:$missing" >&2
    exit 1
  fi
  echo "installing Debian packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086  # a list of words
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

sh tools/fetch_models.sh build/models
sh tools/fetch_web.sh build/web
sh tools/fetch_data.sh build/data
