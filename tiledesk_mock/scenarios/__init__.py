"""Scenario files, the credentials they use, and the runner."""
