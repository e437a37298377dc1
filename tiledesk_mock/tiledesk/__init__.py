"""The rules of Tiledesk: records, wire formats, events, authentication, topics, drifts. No I/O."""
