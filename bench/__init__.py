"""``make bench``: how fast it is, on this machine, as tables."""
