"""The emulator over HTTP and WebSocket: a Flask application with middleware around it."""
