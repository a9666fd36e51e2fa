"""Routes, one module per noun: they translate between HTTP and a service, and decide nothing."""
