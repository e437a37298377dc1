"""Tests of interception."""
