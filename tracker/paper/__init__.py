"""What is printed: PDFs made with Typst, in the design of the pages."""
