"""Interception of requests and httpx: the emulator responds in the same process, without a socket."""
