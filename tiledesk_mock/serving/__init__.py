"""HTTP/1.1 spoken to one client: what comes in, what the application makes of it, what goes out."""
