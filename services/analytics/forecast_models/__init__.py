"""The members of the forecast pool and what surrounds them: pure functions on arrays."""
