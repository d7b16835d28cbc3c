#!/bin/sh
# Make .venv beside this clone, with everything in it as requirements.lock says, hashes checked.
# Usage: sh deploy/install.sh [PYTHON]
set -eu
cd "$(dirname "$0")/.."
python=${1:-}

say() { printf 'frontdesk: %s\n' "$*" >&2; }

if [ -z "$python" ]; then
    say "Python 3.11 or later is needed, and none was found: install it, or say PYTHON=/path/to/python."
    exit 2
fi

# An interrupted attempt may have left anything behind: begin anew, and only rename at the end.
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    rm -rf .venv
    if ! "$python" -m venv .venv 2>.venv-error; then
        cat .venv-error >&2 2>/dev/null || true
        rm -rf .venv .venv-error
        say "$python could not make a virtual environment: on Debian and Ubuntu, install python3-venv."
        exit 2
    fi
    rm -f .venv-error
fi

# uv installs in seconds what takes pip a minute; its version and hashes stand in the lock like all others.
sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^    --hash/p}' requirements.lock >.venv/uv.txt
if .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt \
    && .venv/bin/uv --version >/dev/null 2>&1; then
    VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --require-hashes -r requirements.lock
    VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --no-deps --no-build-isolation -e .
else
    say "uv does not run here; pip does the same, more slowly."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
fi
