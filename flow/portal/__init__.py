"""The in-store portal: the web form in which a sales associate protects a customer's purchase."""
