"""How often a model does what a document or a question smuggles in; see ``__main__``."""
