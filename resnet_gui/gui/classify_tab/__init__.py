"""The tab where pictures are dropped and classified."""
