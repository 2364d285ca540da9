"""Listeners to a run: console, JUnit XML, JSON, NDJSON."""
