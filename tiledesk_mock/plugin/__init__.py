"""What the pytest plugin is made of; `conftest_plugin` imports it when a run uses the mock."""
