"""HTTP without Tiledesk: exchanges, paths, addresses, encodings, and the client of an upstream."""
