"""What an operator sets: environment and `.env` read once into one checked value.

Knows no other room. A mistake is told in French, in one line, without ever repeating a value (it may be a secret).
"""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

HOUSE: Final = Path(__file__).resolve().parent
OURS: Final = "MARGE_"
FOR_TESTS: Final = "MARGE_TEST_"
"""What the tests read for themselves; the product lets it be."""


class SettingsError(Exception):
    """The operator has something to put right; the message is one French line saying what."""


def shipped(name: str) -> Path:
    """The folder `name` (content, migrations) that came with the code: inside the package, or in the checkout."""
    packaged = HOUSE / f"_{name}"
    return packaged if packaged.is_dir() else HOUSE.parent / name


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value(), re.ASCII):
        raise ValueError
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    return value.rstrip("/")


def _database(value: str) -> str:
    scheme, mark, rest = value.partition("://")
    scheme = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}.get(scheme, scheme)
    if not mark or scheme not in {"postgresql+psycopg", "sqlite"}:
        raise ValueError
    return f"{scheme}://{rest}"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        raise ValueError from None
    return value


def _yes(value: object) -> object:
    return {"oui": True, "non": False}.get(str(value), "ni oui ni non")


Token = Annotated[SecretStr, AfterValidator(_token)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database)]
Zone = Annotated[str, AfterValidator(_zone)]
Yes = Annotated[bool, BeforeValidator(_yes)]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who answers for people's data, as the notice says it (RGPD art. 13); empty where the operator has not said."""

    organisation: str = ""
    contact: str = ""
    dpo: str = ""
    hosting: str = ""


class Settings(BaseModel):
    """One field per variable; `description` is what the variable must be, as told to the operator."""

    model_config = ConfigDict(frozen=True)

    bot_token: Token | None = Field(
        None, alias="BOT_TOKEN", description="le jeton donné par @BotFather, des chiffres, « : », puis des lettres"
    )
    telegram_api_url: WebAddress = Field(
        "https://api.telegram.org", alias="TELEGRAM_API_URL", description="une adresse http ou https"
    )
    database_url: DatabaseAddress = Field(
        "sqlite:///var/marge.db",
        alias="DATABASE_URL",
        repr=False,
        description="une adresse sqlite:///… ou postgresql://…",
    )
    public_url: WebAddress | None = Field(
        None, alias="PUBLIC_URL", description="l'adresse https par laquelle Telegram joint Marge"
    )
    page_url: WebAddress | None = Field(
        None, alias="MARGE_PAGE", description="l'adresse https de la page des coachs, sans rien après le nom"
    )
    port: int = Field(8080, alias="PORT", ge=1, le=65535, description="un numéro de port de 1 à 65535")
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY", description="une clé d'API")
    openai_base_url: WebAddress | None = Field(None, alias="OPENAI_BASE_URL", description="une adresse http ou https")
    openai_model: str | None = Field(None, alias="OPENAI_MODEL", description="le nom d'un modèle")
    content: Path = Field(
        default_factory=lambda: shipped("content"), alias="MARGE_CONTENT", description="un dossier de contenus"
    )
    keys: Path = Field(Path("var/keys"), alias="MARGE_KEYS", description="le chemin du fichier de clés")
    backups: Path | None = Field(
        None, alias="MARGE_BACKUPS", description="un dossier où Marge garde une copie de chaque nuit"
    )
    zone: Zone = Field("Europe/Paris", alias="MARGE_ZONE", description="un fuseau horaire, par exemple Europe/Paris")
    excerpts: Yes = Field(False, alias="MARGE_DIGEST_EXCERPTS", description="oui ou non")
    organisation: str = Field(
        "", alias="MARGE_ORGANISATION", max_length=120, description="le nom de l'organisme responsable des données"
    )
    contact: str = Field(
        "",
        alias="MARGE_CONTACT",
        max_length=120,
        description="une adresse ou un numéro où demander l'exercice d'un droit",
    )
    dpo: str = Field(
        "", alias="MARGE_DPO", max_length=120, description="où joindre le délégué à la protection des données"
    )
    hosting: str = Field("", alias="MARGE_HOSTING", max_length=120, description="l'hébergeur du serveur, et son pays")
    clock: Path | None = Field(
        None, alias="MARGE_CLOCK", description="le chemin d'un fichier qui contient une durée, par exemple P12D"
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> Self:
        """Reads `env_file`, then `environ` (the process's own unless given), which wins; an empty value is none.

        Raises SettingsError: unreadable file, unknown MARGE_ name, value of the wrong form; on Telegram's own
        servers, a rehearsal clock, or a PUBLIC_URL without https (Bot API setWebhook).
        """
        given = _filled(_read(env_file)) | _filled(os.environ if environ is None else environ)
        _refuse_unknown(given)
        try:
            settings = cls.model_validate({name: given[name] for name in known() & given.keys()})
        except ValidationError as error:
            raise SettingsError(_wanted(str(error.errors()[0]["loc"][0]))) from None
        if settings.on_telegram:
            _refuse_on_telegram(settings)
        return settings

    @property
    def on_telegram(self) -> bool:
        """Whether the Bot API is Telegram's own rather than a local server."""
        host = urlsplit(self.telegram_api_url).hostname or ""
        return f".{host.rstrip('.')}".endswith(".telegram.org")

    @property
    def keeper(self) -> Keeper:
        return Keeper(self.organisation, self.contact, self.dpo, self.hosting)

    @property
    def ai(self) -> bool:
        """Whether an AI is set; nothing calls one yet."""
        return bool(self.openai_api_key or self.openai_base_url)

    @property
    def page(self) -> str:
        """Where coaches open their page, without a final slash; nothing when there is no page."""
        return self.page_url or self.public_url or ""

    @property
    def token(self) -> str:
        """The bot's token in clear. Raises SettingsError when there is none."""
        if self.bot_token is None:
            raise SettingsError("BOT_TOKEN manque : demandez un jeton à @BotFather et écrivez BOT_TOKEN=… dans .env.")
        return self.bot_token.get_secret_value()

    @property
    def webhook_secret(self) -> str:
        """What Telegram must send with each webhook call: the same in every process, changed with the token.

        64 hexadecimal digits (Bot API setWebhook: 1-256 of A-Z a-z 0-9 _ -). Raises SettingsError without a token.
        """
        return hmac.new(self.token.encode(), b"marge webhook", hashlib.sha256).hexdigest()


def known() -> frozenset[str]:
    """The names of every variable that is read."""
    return frozenset(field.alias for field in Settings.model_fields.values() if field.alias)


def _read(env_file: Path) -> dict[str, str | None]:
    """Values are taken as written: a `$` in a password is no variable."""
    try:
        return dotenv_values(env_file, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{env_file} ne se lit pas : vérifiez ses droits et enregistrez-le en UTF-8.") from None


def _filled(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _refuse_unknown(given: Mapping[str, str]) -> None:
    ours = sorted(name for name in known() if name.startswith(OURS))
    meant = sorted(name for name in given if name.startswith(OURS) and not name.startswith(FOR_TESTS))
    for name in meant:
        if name not in ours:
            nearest = get_close_matches(name, ours, n=1, cutoff=0.0)[0]
            raise SettingsError(f"{name} n'est pas un réglage de Marge : écrivez {nearest}, ou retirez-le.")


def _refuse_on_telegram(settings: Settings) -> None:
    if settings.clock:
        raise SettingsError(
            "MARGE_CLOCK ne sert qu'à répéter : retirez-la, ou donnez l'adresse d'un serveur local dans "
            "TELEGRAM_API_URL."
        )
    if settings.public_url and not settings.public_url.startswith("https:"):
        raise SettingsError("PUBLIC_URL ne convient pas : Telegram n'appelle qu'une adresse https.")
    if settings.page_url and (not settings.page_url.startswith("https:") or _here(settings.page_url)):
        raise SettingsError("MARGE_PAGE ne convient pas : dans un bouton, Telegram veut une adresse https publique.")


def _here(url: str) -> bool:
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


def _wanted(name: str) -> str:
    described = {field.alias: field.description for field in Settings.model_fields.values()}
    return f"{name} ne convient pas : il faut {described[name]}."
