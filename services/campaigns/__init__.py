"""Campaigns as experiments: whom to write to, whom not, and what it really brought."""
