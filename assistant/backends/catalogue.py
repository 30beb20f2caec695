"""The catalogue: which backends there are, what they cost and what they do with data."""

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import ConfigError
from corpus.toml import NotToml, parse_toml

Kind = Literal["open", "proprietary"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Adapter = Literal[
    "reader",
    "gguf",
    "ollama",
    "openai",
    "openai-compatible",
    "anthropic",
    "google",
    "xai",
    "mistral",
]


class Price(BaseModel):
    """Money for a million tokens.

    Attributes:
        input, output, cached_input: in ``currency`` per million tokens; None is unknown.
        long_prompt_above: tokens from which the ``long_*`` prices hold, or None.
        date: the day that the price speaks for (ISO), or None when the source is undated.
        source: where it was read.
        secondary: whether the source is a third party.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = "USD"
    input: float | None = Field(default=None, ge=0)
    output: float | None = Field(default=None, ge=0)
    cached_input: float | None = Field(default=None, ge=0)
    long_prompt_above: int | None = Field(default=None, gt=0)
    long_input: float | None = Field(default=None, ge=0)
    long_output: float | None = Field(default=None, ge=0)
    long_cached_input: float | None = Field(default=None, ge=0)
    date: str | None = None
    source: str = ""
    secondary: bool = False


class DataPolicy(BaseModel):
    """What happens to the data that is sent.

    Attributes:
        training: whether it is trained on, one sentence.
        retention: how long it is kept, one sentence.
        date: the day that this speaks for (ISO), or None when the source is undated.
        source: where it was read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: str
    retention: str
    date: str | None = None
    source: str = ""

    @property
    def words(self) -> str:
        """Both sentences, as a receipt has them."""
        return f"{self.training} {self.retention}".strip()


class BackendEntry(BaseModel):
    """One backend of the catalogue.

    Attributes:
        id: short name for the command line.
        label: name for the page.
        kind: open (weights to download) or proprietary.
        adapter: which wire format it speaks.
        provider: who runs it.
        model: the model's name as the provider wants it.
        about: one honest sentence on what it is.
        context_window_tokens: room for prompt and answer together.
        max_output_tokens: where an answer is cut.
        thinking_tokens: what it may spend on hidden reasoning, on top of an answer.
        price: money for a million tokens; None for a model on the user's own machine.
        licence: licence of the weights, or "none (closed)".
        weights_available: whether the weights can be downloaded.
        data: what happens to the data.
        key_variable: name of the variable that holds the key, or None.
        base_url: where it is reached, or None for the adapter's own default.
        download: size of the download as a person reads it, or None.
        memory: memory needed as a person reads it, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.\-]*$")
    label: str
    kind: Kind
    adapter: Adapter
    provider: str
    model: str
    about: str = ""
    context_window_tokens: int = Field(gt=0)
    max_output_tokens: int = Field(gt=0)
    thinking_tokens: int = Field(default=0, ge=0)
    price: Price | None = None
    licence: str
    weights_available: bool
    data: DataPolicy
    key_variable: str | None = None
    base_url: str | None = None
    download: str | None = None
    memory: str | None = None


_FILE = "backends.toml"
_SHIPPED = "the catalogue that comes with Counterpoint"


def load_catalogue(home: Path) -> tuple[BackendEntry, ...]:
    """The backends that come with Counterpoint, changed and followed by the user's own.

    An entry in ``backends.toml`` in the home folder with a known id changes the fields that it
    gives; with a new id it is added. ``data`` is a table, or the name of a policy.

    Raises:
        ConfigError: the user's file cannot be read, or an entry is not valid; names entry and
            field.
    """
    path = home / _FILE
    shipped = _shipped()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read.", "Mend it or move it away.") from exc
    own = _parse(text, str(path))
    policies = {**_table(shipped, "policies"), **_table(own, "policies")}
    merged = {item["id"]: item for item in _items(shipped, _SHIPPED)}
    for item in _items(own, str(path)):
        merged[item["id"]] = {**merged.get(item["id"], {}), **item}
    return tuple(_validate(item, policies, path) for item in merged.values())


def shipped_ids() -> frozenset[str]:
    """The ids of the backends that come with Counterpoint; any other is the user's own."""
    return frozenset(item["id"] for item in _items(_shipped(), _SHIPPED))


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    text = resources.files("assistant.backends").joinpath(_FILE).read_text(encoding="utf-8")
    return _parse(text, _SHIPPED)


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        content = parse_toml(text)
    except NotToml as exc:
        raise ConfigError(f"{where} is not valid TOML: {exc}.", "Mend it or move it away.") from exc
    if unknown := sorted(set(content) - {"backend", "policies"}):
        raise ConfigError(
            f"{where} has a table that is not known: {unknown[0]!r}.",
            "It holds [[backend]] and [policies.NAME] only.",
        )
    return content


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    table = content.get(name, {})
    return table if isinstance(table, dict) else {}


def _items(content: dict[str, Any], where: str) -> list[dict[str, Any]]:
    items = content.get("backend", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ConfigError(
            f"In {where}, 'backend' is not a list.", "Begin an entry with [[backend]]."
        )
    for number, item in enumerate(items, start=1):
        if not isinstance(item.get("id"), str):
            raise ConfigError(
                f"In {where}, backend number {number} has no id.", 'Give it one: id = "my-model".'
            )
    return items


def _validate(item: dict[str, Any], policies: dict[str, Any], path: Path) -> BackendEntry:
    policy = item.get("data")
    if isinstance(policy, str):
        if policy not in policies:
            raise _invalid(item["id"], "data", f"there is no policy {policy!r}", path)
        item = {**item, "data": policies[policy]}
    try:
        return BackendEntry.model_validate(item)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _invalid(item["id"], where, first["msg"].lower(), path) from exc


def _invalid(backend_id: str, field: str, why: str, path: Path) -> ConfigError:
    return ConfigError(
        f"The backend {backend_id!r} is not valid: {field}: {why}.", f"Correct it in {path}."
    )
