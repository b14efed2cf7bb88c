"""CBR and IAM over HTTP: exchanges, lists, refusals, gateways."""
