"""The one settings tree, and the only module that reads the environment.

Order of precedence: what the command line gives, then the environment (``COUNTERPOINT_`` and a
double underscore between levels), then ``settings.toml`` in the home folder, then the defaults
here. Keys of vendors are not settings: ``read_key`` looks them up when they are needed.
"""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from assistant.redaction import know
from corpus.errors import ConfigError
from corpus.toml import NotToml, parse_toml

PREFIX = "COUNTERPOINT_"
KEYRING_SERVICE = "counterpoint"
_HOST_AND_PORT = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class IndexSettings(_Section):
    """How documents are indexed.

    Attributes:
        embedder_path: folder of a sentence-transformers model; None takes the packaged MiniLM.
        precision: how a model of a known kind computes its vectors: ``int8`` is more than twice
            as fast as ``float32``. Another precision makes the index anew.
        chroma_url: address of a Chroma server that keeps the vectors, ``http://host:8000``; None
            keeps them in the home folder. Its key, if it wants one, is ``CHROMA_API_KEY``.
        chroma_tenant: tenant on that server.
        chroma_database: database of that tenant.
        chroma_key_header: header that carries the key; ``authorization`` as a bearer token.
        chroma_allow_remote: whether a server beyond this machine may be spoken to without TLS.
    """

    embedder_path: Path | None = None
    precision: Literal["int8", "float32"] = "int8"
    chroma_url: str | None = None
    chroma_tenant: str = "default_tenant"
    chroma_database: str = "default_database"
    chroma_key_header: Literal["x-chroma-token", "authorization"] = "x-chroma-token"
    chroma_allow_remote: bool = False


class AnsweringSettings(_Section):
    """How a question is answered.

    Attributes:
        passages: how many passages are retrieved for a question.
        max_question_chars: longest question that is taken.
        max_turns: earlier turns that are carried along.
    """

    passages: int = Field(default=6, ge=1, le=50)
    max_question_chars: int = Field(default=4000, ge=1)
    max_turns: int = Field(default=200, ge=1)


class TimeoutSettings(_Section):
    """How long is waited, in seconds."""

    connect_s: float = Field(default=5, gt=0)
    first_token_local_s: float = Field(default=120, gt=0)
    first_token_vendor_s: float = Field(default=30, gt=0)
    between_tokens_s: float = Field(default=30, gt=0)
    health_s: float = Field(default=2, gt=0)
    longest_retry_wait_s: float = Field(default=30, ge=0)


class OllamaSettings(_Section):
    """Where Ollama is.

    Attributes:
        base_url: its address.
        allow_remote: whether an address beyond this machine is accepted.
    """

    base_url: str = "http://127.0.0.1:11434"
    allow_remote: bool = False


class EmbeddedSettings(_Section):
    """The language model that runs in this process.

    Attributes:
        gguf_path: a model file of your own, offered as a further backend; None offers none.
        threads: threads for generating; the prompt is read with two.
    """

    gguf_path: Path | None = None
    threads: int = Field(default=1, ge=1)


class HubSettings(_Section):
    """Where model files are downloaded from."""

    base_url: str = "https://huggingface.co"


class SyncSettings(_Section):
    """Manners and limits of ``corpus sync``.

    Attributes:
        delay_s: between two requests to one host.
        longest_delay_s: the longest Crawl-delay of a site that is kept to.
        longest_wait_s: the longest Retry-After that is waited for within a run.
        connect_timeout_s: for one connection.
        read_timeout_s: for the next bytes of a page.
        page_timeout_s: for one page in all.
        max_page_bytes: for one page, unpacked.
        max_pages: pages in one run.
        parallel_hosts: hosts that are asked at the same time.
        min_age_s: a page that was had less long ago is not asked for again.
        private_hosts: ``host:port`` of your own sites, which may have any address and port; in
            the environment separated by commas.
    """

    delay_s: float = Field(default=1, ge=0)
    longest_delay_s: float = Field(default=30, ge=0)
    longest_wait_s: float = Field(default=60, ge=0)
    connect_timeout_s: float = Field(default=10, gt=0)
    read_timeout_s: float = Field(default=20, gt=0)
    page_timeout_s: float = Field(default=60, gt=0)
    max_page_bytes: int = Field(default=10 * 2**20, ge=1)
    max_pages: int = Field(default=500, ge=1)
    parallel_hosts: int = Field(default=6, ge=1, le=32)
    min_age_s: float = Field(default=3600, ge=0)
    private_hosts: tuple[str, ...] = ()

    @field_validator("private_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("private_hosts")
    @classmethod
    def _with_ports(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):\d{1,5}", part) for part in value):
            raise ValueError("each is written as host:port, in lower case")
        return value


class EnergySettings(_Section):
    """Assumptions of the energy estimate for local answers.

    Attributes:
        watts: power that this machine draws for an answer above idle, in watts; an assumption.
    """

    watts: float = Field(default=30, gt=0)


class ConversationSettings(_Section):
    """Where conversations are kept.

    Attributes:
        database_url: address of a database as SQLAlchemy writes it, such as
            ``postgresql+psycopg://user:password@host:5432/name``; None keeps them in
            ``counterpoint.sqlite`` in the home folder.
    """

    database_url: SecretStr | None = None


class ServerSettings(_Section):
    """The page.

    Attributes:
        host: address to listen on; anything but loopback needs a password.
        port: port to listen on.
        password: asked from every visitor when set.
        certificate: file with the certificate chain (PEM) that the page is encrypted with; beyond
            loopback this, or ``proxy_name``, is needed.
        certificate_key: file with its private key (PEM), without a password.
        proxy_name: name under which a proxy with TLS shows the page to others, as
            ``chat.example.org``; the page then answers to this name and to loopback ones alone.
        concurrency: answers that run at the same time.
        queue: questions that may wait.
        questions_per_minute: of one browser; 0 sets no limit.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    password: SecretStr | None = Field(default=None, min_length=1)
    certificate: Path | None = None
    certificate_key: Path | None = None
    proxy_name: str | None = Field(default=None, pattern=_HOST_AND_PORT)
    concurrency: int = Field(default=16, ge=1)
    queue: int = Field(default=64, ge=1)
    questions_per_minute: int = Field(default=60, ge=0)


class Settings(_Section):
    """Everything that can be set.

    Attributes:
        home: folder for the index, models, conversations, runs and logs.
        default_backend: id of the backend that a new conversation starts with; None lets the
            program take the best one that is ready.
        base_urls: other addresses for backends, by backend id.
    """

    home: Path
    default_backend: str | None = None
    base_urls: dict[str, str] = Field(default_factory=dict)
    index: IndexSettings = IndexSettings()
    answering: AnsweringSettings = AnsweringSettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    ollama: OllamaSettings = OllamaSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    hub: HubSettings = HubSettings()
    sync: SyncSettings = SyncSettings()
    energy: EnergySettings = EnergySettings()
    conversations: ConversationSettings = ConversationSettings()
    server: ServerSettings = ServerSettings()


def load_settings(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        home: the home folder, when the command line names one.
        environ: the environment; None takes the process's own.

    Raises:
        ConfigError: a key or a value is not one of ours, or the home folder is none.
    """
    env = os.environ if environ is None else environ
    folder = _home_folder(home, env)
    values = _read_toml(folder / "settings.toml")
    for name, text in env.items():
        if name.startswith(PREFIX) and name != PREFIX + "HOME":
            _put(values, name.removeprefix(PREFIX).lower().split("__"), text)
    try:
        settings = Settings.model_validate({**values, "home": folder})
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"The setting {where!r} is not valid: {first['msg'].lower()}.",
            f"Correct it in {folder / 'settings.toml'} or in the environment.",
        ) from exc
    for secret in (settings.server.password, settings.conversations.database_url):
        if secret is not None:
            know(secret.get_secret_value())
    return settings


def _home_folder(home: Path | None, env: Mapping[str, str]) -> Path:
    named = home or Path(
        env.get(PREFIX + "HOME") or platformdirs.user_data_path("counterpoint", appauthor=False)
    )
    try:
        folder = named.expanduser().absolute()
        there = next(path for path in (folder, *folder.parents) if path.exists())
    except (OSError, RuntimeError) as exc:  # no such user; a working folder that has gone
        raise ConfigError(
            f"The home folder {named} cannot be found.", "Name one by its full path: --home DIR."
        ) from exc
    if not there.is_dir():
        raise ConfigError(
            f"The home cannot be {folder}: {there} is not a folder.", "Name a folder: --home DIR."
        )
    return folder


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, NotToml) as exc:
        raise ConfigError(
            f"The settings file {path} cannot be read.", "Mend it or move it away."
        ) from exc


def _put(values: dict[str, Any], path: list[str], text: str) -> None:
    for part in path[:-1]:
        below = values.setdefault(part, {})
        if not isinstance(below, dict):
            return  # the file has a value where the environment has a group: the value is refused
        values = below
    values[path[-1]] = text


def read_key(
    variable: str, home: Path, environ: Mapping[str, str] | None = None
) -> SecretStr | None:
    """Look up a vendor's key: the environment, then ``.env`` here or at home, then the keyring.

    Args:
        variable: name of the variable, as ``OPENAI_API_KEY``.
        home: the home folder.
        environ: the environment; None takes the process's own.
    """
    env = os.environ if environ is None else environ
    if value := env.get(variable, "").strip():
        return _secret(value)
    for folder in (Path(), home):
        if value := _read_dotenv(folder / ".env").get(variable, ""):
            return _secret(value)
    import keyring  # slow to import, and seldom reached
    import keyring.errors

    try:
        stored = keyring.get_password(KEYRING_SERVICE, variable)
    except keyring.errors.KeyringError:
        return None
    return _secret(stored) if stored else None


def _secret(value: str) -> SecretStr:
    know(value)
    return SecretStr(value)


def _read_dotenv(path: Path) -> dict[str, str]:
    """The filled-in lines of a ``.env`` file; a line that is none is passed over."""
    # Its complaints name a line by number and would come once for every key that is looked up.
    logging.getLogger("dotenv").setLevel(logging.ERROR)
    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: value.strip() for name, value in values.items() if value and value.strip()}


def prepare_process() -> None:
    """Set what libraries read from the environment when they are first imported.

    Call it before anything heavy is imported. Threads that wait by spinning starve a machine with
    two cores; the rest keeps libraries from calling home.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    forced = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        # Otherwise a table of all past events is made anew at the end of each; nobody reads it.
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
        "GRADIO_ANALYTICS_MAX_EVENTS": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "LANGSMITH_TRACING": "false",
        "LANGSMITH_TRACING_V2": "false",
        "LANGCHAIN_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        "DO_NOT_TRACK": "1",
    }
    os.environ.update(forced)
