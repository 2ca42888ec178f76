"""The networks a user can pick, one registry."""
