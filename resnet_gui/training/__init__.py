"""Training: from a configuration to a finished run."""

import os

# TensorFlow's notes on the terminal, about its build and graphics cards that are not there, say nothing to a user;
# what goes wrong arrives as exceptions all the same. It reads this when it is first imported, always from here.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
