"""The tab where a network is trained and watched."""
