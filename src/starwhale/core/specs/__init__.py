"""What people write: model.yaml, dataset.yaml, jobs, handlers."""
