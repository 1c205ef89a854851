#!/usr/bin/env bash
# Makes .venv with a Python that works and installs a requirements file into it, once: a stamp remembers what was
# installed. Usage: setup.sh requirements.txt
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=$1
wanted=$(cat requirements*.txt | cksum)

# A name on PATH may be a shim that runs nothing, or a Python without venv: only running it tells.
works() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${PYTHON3:-} python3.13 python3.12 python3.11 python3 python; do
        if works "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    cat >&2 <<'END'
No suitable Python was found. The hub needs Python 3.11, 3.12 or 3.13 with its venv module.
  Debian, Ubuntu:  apt install python3-venv
  macOS:           brew install python@3.13
  anywhere:        https://www.python.org/downloads/
If you have one under another name: PYTHON3=/path/to/python make setup
END
    return 1
}

installed() {  # the development requirements contain the others
    local stamp
    for stamp in ".venv/installed-$requirements" .venv/installed-requirements-dev.txt; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
    done
    return 1
}

if installed && works .venv/bin/python; then
    exit 0
fi

if ! works .venv/bin/python; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

echo "Installing $requirements into .venv (a minute or two, only this once)"
if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: -r "$requirements" |
    sed -n -e 's/^Collecting \([^ ]*\).*/  \1/p' -e 's/^Installing collected.*/  … unpacking/p'; then
    echo "Installing failed: the lines above say why. Is the package index reachable (pip's settings, proxy)?" >&2
    exit 1
fi
echo "$wanted" >".venv/installed-$requirements"
