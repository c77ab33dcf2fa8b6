"""One file a task; each has a router that main includes."""
