"""The pytest plugin. pytest loads `hooks`; the other modules are imported when a test uses the mock."""
