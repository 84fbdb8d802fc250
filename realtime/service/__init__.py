"""softfocus as a service of the user, kept by systemd."""
