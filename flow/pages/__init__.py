"""What people look at: the templates, their style, and the one door to the template engine."""
