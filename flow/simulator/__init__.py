"""The simulated insurer, written from the contract; it never imports the flow table.

Two witnesses: the table says what should happen, this says what the insurer does, and a test
proves something only because neither knows the other.
"""
