"""The service over HTTP: one exchange (transport), what its refusals say (faults), its endpoints (client), IAM (iam)."""
