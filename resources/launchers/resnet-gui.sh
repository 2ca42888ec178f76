#!/bin/sh
# Open ResNet GUI from this checkout. The first time, everything it needs is set up in .venv beside pyproject.toml.

launchers=$(cd "$(dirname "$0")" && pwd) || exit
python=$("$launchers/find-python.sh") || exit
"$python" "$launchers/prepare.py" || exit
exec "$launchers/../../.venv/bin/python" "$launchers/start.py" "$@"
