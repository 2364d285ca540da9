"""Listeners to what a verb does: console, JUnit XML, JSON, NDJSON, and HTML to forward."""
