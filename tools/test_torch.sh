#!/bin/sh
# Test the bridges to PyTorch (and TensorFlow, where it is there) in an environment of their own: a CPU
# build of PyTorch is large, and everything else must work without it. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
venv=build/venv-torch
torch=${TORCH:-2.13.0}
index=https://download.pytorch.org/whl/cpu

skip() {
    echo "tests of the PyTorch bridge: skipped, $1"
    exit 0
}

# Little of what is installed is imported here, and that once.
STARWHALE_COMPILE=skip tools/install.sh "$venv" --all-extras --group test
pip() {
    "$venv/bin/python" -m pip --quiet --retries 1 "$@"
}
# Whether these arguments of pip bring a build of PyTorch without gigabytes for GPUs.
is_small() {
    plan=$(pip install --dry-run --report - "torch==$torch" "$@" 2>/dev/null) || return 1
    case $plan in *'"name": "nvidia'* | *'"name": "cuda'*) return 1 ;; esac
}
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    if is_small; then
        pip install "torch==$torch" 2>/dev/null
    elif is_small --extra-index-url "$index"; then
        pip install "torch==$torch" --extra-index-url "$index" 2>/dev/null
    else
        skip "no CPU build of PyTorch $torch is to be had"
    fi
fi
exec "$venv/bin/python" -m pytest -p no:cacheprovider tests/bridges tests/unit/models/facts/test_live.py "$@"
