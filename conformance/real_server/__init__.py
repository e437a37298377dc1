"""The real server, installed from npm and started on this machine over a stand-in for MongoDB."""
