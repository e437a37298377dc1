"""A shop's client for Tiledesk's events."""
