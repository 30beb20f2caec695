"""Open models for this machine: which there are, and getting one."""

from assistant.backends.ollama_models import pull_ollama
from assistant.backends.pulling import PullProgress
from assistant.models.choices import ModelChoice, find_model, hub_models, list_models
from assistant.models.hub import pull_hub
from assistant.models.pulled import pulled_entries

__all__ = [
    "ModelChoice",
    "PullProgress",
    "find_model",
    "hub_models",
    "list_models",
    "pull_hub",
    "pull_ollama",
    "pulled_entries",
]
