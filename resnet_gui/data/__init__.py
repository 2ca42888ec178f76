"""Pictures and labels: the one image reader, the sources of data, and their split."""
