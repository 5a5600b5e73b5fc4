"""``make bench``: how fast it is, on this machine, as tables."""

from bench import lrs, pages

pages.main()
lrs.main()
