"""What the platform itself sends: single events, the choice of an operator, and what became of them."""
