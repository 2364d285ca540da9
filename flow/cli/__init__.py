"""The command line: verbs that join parts and decide nothing."""
