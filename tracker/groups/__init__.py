"""The study circle: a group takes the course together, and everyone present gets credit."""
