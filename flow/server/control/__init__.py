"""The control API: what can be done to a simulated insurer and never to a real one."""
