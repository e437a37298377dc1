"""Tiledesk's own rules: records, wire formats, events, authentication, topics, drifts. No input or output."""
