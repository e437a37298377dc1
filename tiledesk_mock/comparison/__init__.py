"""Two JSON values compared: ids matched by identity, differences as values."""
