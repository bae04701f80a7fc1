"""What makes files of the repository, and its environment."""
