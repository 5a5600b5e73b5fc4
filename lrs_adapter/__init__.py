"""What is recorded: an xAPI Learning Record Store that lives in the app's own database.

Knows neither the course nor the learners. It is used through the modules named in ``docs/lrs.md``.
"""
