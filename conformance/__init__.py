"""The real server and the emulator side by side: recordings, checks, random scenarios. See README.md."""
