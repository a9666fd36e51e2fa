"""What people write by hand: model.yaml, dataset.yaml and runtime.yaml.

Nothing is imported here, since most of these modules load pydantic and the CLI may not.
"""
