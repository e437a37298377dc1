"""What is told to others: webhooks, realtime, an upstream."""
