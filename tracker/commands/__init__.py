"""What ``samverkan`` can do on the command line, a file a theme."""
