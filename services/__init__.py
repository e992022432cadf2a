"""What the bot can do. No Slack, no HTTP server, no SQL."""
