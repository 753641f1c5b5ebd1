#!/bin/sh
# Creates the virtual environment and installs the locked versions into it. Run by `make setup`.
set -eu
cd "$(dirname "$0")/.."

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "OLS Lab needs Python 3.11 or newer; $PYTHON is older. Set PYTHON=/path/to/python3.11" >&2
    exit 1
}

if ! [ -x "$VENV/bin/pip" ]; then
    # Debian ships venv without ensurepip until python3-venv is there.
    if ! "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
        else
            echo "Python's venv is missing. Run: sudo apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    "$PYTHON" -m venv "$VENV"
fi

echo "Installing into $VENV (PyTorch is large; the first time takes a few minutes) ..."
"$VENV/bin/python" -m pip install -q --disable-pip-version-check \
    -c constraints.txt -e '.[train,web,worker,agents,search,notify,s3,client,parquet,figures,import,lightning,dev]'
# The first import of torch on a cold disk can take most of a minute; pay for it here.
"$VENV/bin/python" -c 'import torch, torchvision; print("PyTorch", torch.__version__)'
