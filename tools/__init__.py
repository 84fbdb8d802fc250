"""What makes a release. Nothing here is installed, or imported by what is."""
