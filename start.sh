#!/usr/bin/env bash
# Installs what is needed into .venv and serves: ./start.sh [COMICS_DIR]
# Without a folder and without WATCHED_DIR it draws a small demo library. Settings are environment
# variables, see docs/configuration.md; GUNICORN_WORKERS sets how many web processes there are.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ $# -gt 1 ] || [ "${1:-}" = -h ] || [ "${1:-}" = --help ]; then
    echo "Usage: ./start.sh [COMICS_DIR]" >&2
    exit 2
fi
if [ $# -eq 1 ]; then
    if [ ! -d "$1" ]; then
        echo "$1 is not a folder" >&2
        exit 2
    fi
    WATCHED_DIR=$(cd "$1" && pwd)
    export WATCHED_DIR
fi

cd "$here"
. requirements/install.sh
install_locked runtime

if [ -z "${WATCHED_DIR:-}" ]; then
    .venv/bin/python -m comicmaintainer.demo "$here/demo"
    export WATCHED_DIR=$here/demo
    # What is tried out stays in this folder.
    export CONFIG_DIR=${CONFIG_DIR:-$here/.state}
fi
# With these settings the command line finds the same comics and the same database.
printf 'Command line: %sWATCHED_DIR=%q %q\n' \
    "${CONFIG_DIR:+CONFIG_DIR=$(printf %q "$CONFIG_DIR") }" \
    "$WATCHED_DIR" "$here/.venv/bin/comicmaintainer"
exec .venv/bin/python -m comicmaintainer serve
