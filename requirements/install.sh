# Sourced by start.sh and test.sh: makes .venv and installs a lock into it, by name, version and hash.
# Quick when nothing has changed: a stamp in .venv remembers what was installed.

# Usage: install_locked runtime|dev
install_locked() {
    local lock="requirements/$1.lock" stamp=".venv/.installed-$1" wanted
    wanted="$PWD $(cat "$lock" requirements/build.lock pyproject.toml | sha256sum)"
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    if ! .venv/bin/python -c '' 2>/dev/null; then
        "$(find_python)" -m venv --clear .venv || {
            echo "A virtual environment can't be made. On Debian and Ubuntu: apt-get install python3-venv" >&2
            return 1
        }
    fi
    echo "Installing what $lock names. This takes a minute the first time." >&2
    local pip=(.venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input)
    "${pip[@]}" --require-hashes -r "$lock" || return 1
    "${pip[@]}" --require-hashes -r requirements/build.lock || return 1
    "${pip[@]}" --no-deps --no-build-isolation --editable . || return 1
    printf '%s\n' "$wanted" >"$stamp"
}

# Prints the Python to use: PYTHON where that is set, else the first that is new enough.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    echo "Python 3.11 or later is needed; set PYTHON to it." >&2
    return 1
}
