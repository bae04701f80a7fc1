"""Each setting, changed alone, and what is seen of it from outside."""
