"""What the simulator costs, measured on this machine: `python -m benchmarks`. Never a test."""
