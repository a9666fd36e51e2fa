"""Values without input or output: names, versions, errors, specs, data types."""
