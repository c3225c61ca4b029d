#!/usr/bin/env bash
# Runs every check. Usage: ./test.sh [arguments of pytest]
#
# ./test.sh --fast is for between two edits: style, types, import rules and the rooms whose tests need
# neither a browser nor other processes. It is no substitute for the whole before a pull request.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. requirements/install.sh

# Rooms of values and of single tables; tests in them that take long are marked `slow`.
quick_rooms=(
    tests/comics/filename tests/comics/metadata tests/comics/naming tests/comics/pages/test_page_list.py
    tests/comics/rules tests/documents tests/isolation/test_wire.py tests/jobs/engine/test_item_store.py
    tests/jobs/saved/test_cron.py tests/jobs/test_job_manager.py
    tests/library/catalogue/test_search_terms.py tests/library/catalogue/test_sort_keys.py
    tests/library/test_roots.py tests/operations/declared tests/watcher/test_stability.py
    tests/test_errors.py tests/test_json_input.py tests/test_settings.py
)
if [ "${1:-}" = --fast ]; then
    shift
    set -- -m "not slow and not browser" "${quick_rooms[@]}" "$@"
fi

failed=()

section() {
    local name=$1
    shift
    printf '\n=== %s\n' "$name"
    local began=$SECONDS
    if "$@" </dev/null; then
        printf -- '--- %s: passed in %d s\n' "$name" $((SECONDS - began))
    else
        printf -- '--- %s: FAILED after %d s\n' "$name" $((SECONDS - began))
        failed+=("$name")
    fi
}

shell_syntax() {
    local script
    for script in start.sh test.sh .ci/run .ci/check-tag .ci/release-notes requirements/install.sh docker/entrypoint.sh; do
        bash -n "$script" || return 1
    done
}

# Whatever the machine lacks is said, since the tests that need it are then skipped.
tools() {
    local tool
    command -v chromium-headless-shell chromium >/dev/null ||
        echo "neither chromium-headless-shell nor chromium is there: tests that need it are skipped"
    for tool in unar unzip 7z bsdtar strace mkfs.ext4 mkfs.xfs; do
        command -v "$tool" >/dev/null || echo "$tool is not there: tests that need it are skipped"
    done
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
        echo "PostgreSQL's server is not there: tests on it are skipped"
}

# Types, lint and format of the pages' modules and styles. What is installed for it is never shipped.
front_end_checks() (
    command -v npm >/dev/null || {
        echo "npm is not there: the modules of the pages are not checked"
        return 0
    }
    cd web-checks || return 1
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent || return 1
    npm run --silent lint && npm run --silent types
)

section install install_locked dev
[ ${#failed[@]} -eq 0 ] || exit 1
section tools tools
section "shell syntax" shell_syntax
section "ruff check" .venv/bin/ruff check .
section "ruff format" .venv/bin/ruff format --check .
section types .venv/bin/mypy
section layers .venv/bin/lint-imports --no-logo
section "front-end checks" front_end_checks
# Many tests wait for other processes, so one more than there are cores. Each takes tests that stand
# together, which share what their module has started.
section tests .venv/bin/pytest -q -n "${TEST_PROCESSES:-$(($(nproc) + 1))}" --dist worksteal "$@"

echo
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
echo "All checks passed in $SECONDS s."
