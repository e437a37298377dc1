"""WebSockets: the hub of topics, the messages of clients, the frames."""
