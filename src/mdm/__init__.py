"""MDM, the ML Data Manager: datasets under one typed configuration."""

__version__ = "2.0.0"
