"""A model of the service, the clocks and the machines, which knows the contract and the truth but not the program."""
