"""Every text, and what the service's codes mean."""
