"""Conversations: what each step changes and sends, and who may follow them."""
