"""Names that runs have seen of the service, kept for completion: a small file a project, for us alone, and never trusted."""
