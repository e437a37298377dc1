"""HTTP without the rules of Tiledesk: exchanges, paths, connections, encodings, and the upstream client."""
