"""Tests of the migration: sample homes with the files expected of them, and laws over generated ones."""
