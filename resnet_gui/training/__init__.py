"""Training: from a configuration to a finished run."""

import os

# TensorFlow's own notes about its build say nothing to a user; warnings and errors still come through. It reads
# this when it is first imported, which only this package causes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
