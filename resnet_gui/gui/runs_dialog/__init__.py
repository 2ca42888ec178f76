"""File > Runs: the table of what was trained."""
