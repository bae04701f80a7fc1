#!/bin/sh
# Make the virtual environment .venv and install MDM into it, with uv where there is one and pip otherwise.
#
#   tools/environment.sh            what runs MDM
#   tools/environment.sh all,dev    and what these extras need
#
# PYTHON names the Python to use; UV= (empty) keeps uv out of it. For root on Debian and its like, dev also installs
# the browser in which the tests draw a page, where there is none.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
what=.${1:+[$1]}
uv=${UV-$(command -v uv || true)}

fail() {
    echo "error: $1" >&2
    echo "  hint: $2" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or later" "name another, or none"
        echo "$PYTHON"
        return
    fi
    for name in python3.11 python3 python3.12 python3.13 python; do
        if is_new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    fail "no Python 3.11 or later found" "install one, or name it: make PYTHON=/path/to/python3 ..."
}

# The tests draw a page in a real browser, and are skipped without one: so nothing that goes wrong here counts.
install_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome chrome-headless-shell; do
        if command -v "$name" >/dev/null; then return; fi
    done
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return; fi
    DEBIAN_FRONTEND=noninteractive timeout 300 sh -c 'apt-get update &&
        apt-get install --yes --no-install-recommends chromium-headless-shell fonts-dejavu-core' >/dev/null 2>&1 || true
}

if [ -n "$uv" ]; then
    [ -x "$venv/bin/python" ] || "$uv" venv --quiet --python "${PYTHON:->=3.11}" "$venv"
    "$uv" pip install --quiet --python "$venv/bin/python" --constraint constraints.txt --editable "$what"
else
    if [ ! -x "$venv/bin/python" ]; then
        python=$(find_python)
        "$python" -m venv "$venv" || {
            rm -rf "$venv"
            fail "$python cannot make a virtual environment" "on Debian and Ubuntu, install the package python3-venv"
        }
    fi
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
        --constraint constraints.txt --editable "$what"
fi

case ${1:-} in
*dev*) install_browser ;;
esac
