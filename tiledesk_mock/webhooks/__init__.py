"""Webhook deliveries: payload, sender, queue, retries, log."""
