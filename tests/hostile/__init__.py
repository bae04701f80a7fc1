"""Broken and hostile input: whatever a source holds, a command accepts it or refuses it in words."""
