"""Files of a release: what the page shows, in the columns of the contract, one module a format."""
