"""Reaching a softfocus that runs: what may change meanwhile, and by which ways."""
