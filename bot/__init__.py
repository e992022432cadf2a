"""The process: builds the parts and runs them."""
