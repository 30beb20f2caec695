"""Question sets and the evaluation over both kinds of backend."""
