"""Markup for people, made so that nothing a model or a document says can become a part of it."""
