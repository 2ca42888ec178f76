"""`python -m resnet_gui [FILE...]` opens the window."""

import sys

from resnet_gui.gui.app import main

if __name__ == "__main__":
    sys.exit(main())
