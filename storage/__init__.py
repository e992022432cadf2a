"""How it is kept: engine, tables, named queries."""
