"""Tests of how references to the names of 1.x elsewhere are moved."""
