"""The compiled engine beside other SHACL engines and beside SQL written by hand, on the same thirty shapes and the same facts."""
