"""What a tester can do with an emulator: one table of operations, in this process and over `/__admin`."""
