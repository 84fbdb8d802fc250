"""The command line's groups and the options that commands share."""
