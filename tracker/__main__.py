"""``python -m tracker`` is ``samverkan``."""

from tracker.cli import main

main()
