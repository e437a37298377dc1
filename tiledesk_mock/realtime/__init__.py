"""WebSockets: the hub of topics, the protocol, the frames."""
