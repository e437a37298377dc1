"""Tiledesk's Events API in a box, as the real server was measured to answer."""
