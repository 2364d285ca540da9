"""The simulated insurer behind HTTP: its own paths as recorded, and ours beside them."""
