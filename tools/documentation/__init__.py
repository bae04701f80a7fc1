"""The site of the documentation: the pages of the repository, and those that are made from the program itself."""
