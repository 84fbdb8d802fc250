"""A run as a whole: from its settings to what it did."""
