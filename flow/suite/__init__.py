"""Scenario suites: a YAML file, read and checked, played, and judged."""
