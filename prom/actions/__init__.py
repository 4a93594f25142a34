"""What the service does: one subject a module, its verbs as functions, the transactions."""
