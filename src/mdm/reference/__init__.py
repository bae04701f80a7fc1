"""The plain implementations: slow, short, and right at a glance.

They stand in for the legacy parts during the cutover, and are what the fast ones are compared with. Formats of the
databases, descriptions and judgements (what is a category, what is an identifier) are shared: here is only the plain
way from text to values, and of values into a database and back.
"""
