"""The page at `/__admin/`: a client of the control API that runs in a browser."""
