"""Open the window; where there is no display, say so and show the program in the terminal instead."""

from __future__ import annotations

import sys

from resnet_gui import paths


def main() -> int:
    """Return the exit status of the window, or of the demonstration in its place."""
    if paths.has_display():
        from resnet_gui.gui.app import main as open_window

        return open_window()
    print(
        "No display was found, so no window can be opened: here is a demonstration in the terminal.\n"
        "For more of it: .venv/bin/resnet-gui-cli --help\n",
        flush=True,
    )
    from resnet_gui.cli.main import main as run_command

    return run_command(["demo"])


if __name__ == "__main__":
    sys.exit(main())
