"""Pure functions over arrays: no storage, no network, no clock."""
