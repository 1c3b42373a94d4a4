"""Finance + Operations, reached through Dataverse and dual-write."""
