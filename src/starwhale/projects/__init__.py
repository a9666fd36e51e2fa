"""Projects: where everything else belongs."""
