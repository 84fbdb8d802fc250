"""What the user sees and does at the preview window."""
