"""How Slack reaches us and what it sees."""
