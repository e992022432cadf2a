"""A Slack, a Gorgias and a sample shop that run on your laptop."""
