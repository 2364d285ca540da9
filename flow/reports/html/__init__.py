"""The report one can forward: one HTML file with everything in it."""
