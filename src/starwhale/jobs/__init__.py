"""Jobs: handler graph, states, scheduler and leases."""
