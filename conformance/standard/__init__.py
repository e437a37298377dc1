"""The platform's own webhooks: scenes of requests, and what reaches the subscribers of every name."""
