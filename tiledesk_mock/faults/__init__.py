"""Fault rules, what they do to responses, and the rate limit."""
