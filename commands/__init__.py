"""What people can ask for: grammar, help, action. No Slack, no SQL."""
