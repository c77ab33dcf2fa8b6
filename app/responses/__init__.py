"""The ballot box: submissions are cast, sealed and never tied to a person."""
