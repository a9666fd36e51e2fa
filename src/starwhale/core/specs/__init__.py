"""What people write by hand: model.yaml, dataset.yaml and the steps of a job.

Nothing is imported here, since most of these modules load pydantic and the CLI may not.
"""
