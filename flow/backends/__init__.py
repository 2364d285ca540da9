"""Anything that answers like the insurer: the protocol, and the backends that ship with us."""
