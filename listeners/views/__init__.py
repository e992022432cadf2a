"""Block Kit as pure functions of results."""
