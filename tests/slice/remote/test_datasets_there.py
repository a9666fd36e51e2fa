"""What holds for datasets on this machine holds for those on a server: the very same tests."""

from __future__ import annotations

from tests.slice.datasets import test_versions
from tests.slice.datasets.test_dataset_sdk import *  # noqa: F403

test_a_diff_counts_rows = test_versions.test_a_diff_counts_rows_by_key_and_names_what_changed
test_a_copy_onto_another = test_versions.test_a_copy_onto_another_patches_or_overwrites
test_reverting = test_versions.test_reverting_makes_an_older_version_the_latest
test_a_summary = test_versions.test_a_summary_tells_what_the_columns_hold
test_large_media = test_versions.test_large_media_count_as_bytes_of_the_dataset
