"""Recordings: HAR and VCR.py files, record, replay, the leak check, seeds from recordings."""
