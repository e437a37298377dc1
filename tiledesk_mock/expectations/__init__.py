"""What a test expects, the nearest miss, and the failure message."""
