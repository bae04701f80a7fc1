"""What must stay secret, and what strangers must not be able to do."""  # noqa: A005
