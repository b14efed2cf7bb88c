"""Every text that is said: the catalogue, what the service's codes mean, the language."""
