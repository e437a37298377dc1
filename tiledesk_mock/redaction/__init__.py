"""What is secret in an exchange, how it is masked for display, and how it is replaced in recordings."""
