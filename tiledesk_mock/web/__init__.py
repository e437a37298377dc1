"""How the emulator is spoken to over HTTP and WebSocket. The only importer of Flask."""
