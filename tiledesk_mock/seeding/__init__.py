"""Seed files read into records, and records written as seeds."""
