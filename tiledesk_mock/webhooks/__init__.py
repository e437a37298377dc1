"""Webhook deliveries: payload, queue, sender, retries, log."""
