"""Bridges to other systems, each with an optional extra: import the module that you need."""
