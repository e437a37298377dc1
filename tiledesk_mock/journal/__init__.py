"""The requests that came and their responses."""
