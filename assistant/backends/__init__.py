"""The models that can answer: one adapter for each wire format, one catalogue for all."""
