"""What is printed, and how: sheets as HTML and PDF, letters as MIME messages."""
