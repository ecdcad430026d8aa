"""The command line `diversity`."""
