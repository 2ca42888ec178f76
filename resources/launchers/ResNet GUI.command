#!/bin/sh
# For a double click in the macOS Finder.
exec "$(dirname "$0")/resnet-gui.sh"
