"""Campaigns as stored: the plan, who belongs to it and in which arm, what became of each."""
