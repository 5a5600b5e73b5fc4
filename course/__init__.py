"""What is taught: the course as plain text files, and the pure rules over them. No web, no database, no xAPI."""
