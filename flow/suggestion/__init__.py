"""What to write next: the cheapest scenario for what is not covered, as YAML."""
