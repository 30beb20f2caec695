"""The only place where a person is met: the page and the command line."""
