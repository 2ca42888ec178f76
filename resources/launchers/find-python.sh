#!/bin/sh
# Print the first Python that really runs here and is one that ResNet GUI works with; $PYTHON goes first.

suits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

if [ -n "$PYTHON" ] && ! suits "$PYTHON"; then
    echo "PYTHON=$PYTHON does not run here or is not Python 3.11, 3.12 or 3.13; looking for another." >&2
fi
for python in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if suits "$python"; then
        echo "$python"
        exit
    fi
done
cat >&2 <<'END'
ResNet GUI needs Python 3.11, 3.12 or 3.13, and none was found. Install one and try again:
    Debian 12 and later, Ubuntu 24.04 and later:  sudo apt-get install python3 python3-venv
    Ubuntu 22.04:                                 sudo apt-get install python3.11 python3.11-venv
    Fedora:                                       sudo dnf install python3.13
    macOS, Windows:                               the installer from python.org
If it is installed in a place of its own, name it: make run PYTHON=/path/to/python3
END
exit 1
