"""What every part of MDM shares: safe files, transactions, feature flags, metrics."""
