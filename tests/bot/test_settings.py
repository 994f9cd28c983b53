"""What an operator may set, and what is said to one who is mistaken."""

import re
from pathlib import Path

import pytest

from bot.settings import Keeper, Settings, SettingsError, known, shipped

NOWHERE = Path("no-such-file.env")
TOKEN = "123456789:AAHkQ-canary_canary_canary_canary"


def load(**environ: str) -> Settings:
    return Settings.load(environ, NOWHERE)


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.database_url == "sqlite:///var/marge.db"
    assert (settings.zone, settings.keys, settings.port) == ("Europe/Paris", Path("var/keys"), 8080)
    assert settings.content == shipped("content")
    assert settings.bot_token is settings.public_url is settings.openai_api_key is settings.clock is None


def test_who_answers_for_the_data_is_what_was_set() -> None:
    assert load().keeper == Keeper() and not load().ai
    set_ = load(MARGE_ORGANISATION="Marge", MARGE_CONTACT="c@x.fr", MARGE_DPO="d@x.fr", MARGE_HOSTING="Hôte, France")
    assert set_.keeper == Keeper("Marge", "c@x.fr", "d@x.fr", "Hôte, France")
    assert load(OPENAI_BASE_URL="http://127.0.0.1:1").ai
    assert refusal(MARGE_CONTACT="x" * 121).startswith("MARGE_CONTACT ne convient pas : il faut une adresse")


def test_excerpts_are_off_unless_the_organisation_says_so() -> None:
    assert load().excerpts is False
    assert load(MARGE_DIGEST_EXCERPTS="oui").excerpts is True and load(MARGE_DIGEST_EXCERPTS="non").excerpts is False
    for value in ("yes", "1", "true", "OUI"):
        assert refusal(MARGE_DIGEST_EXCERPTS=value) == "MARGE_DIGEST_EXCERPTS ne convient pas : il faut oui ou non."


def test_the_names_are_the_published_ones() -> None:
    assert known() == {
        "BOT_TOKEN", "TELEGRAM_API_URL", "DATABASE_URL", "PUBLIC_URL", "PORT", "OPENAI_API_KEY", "OPENAI_BASE_URL",
        "OPENAI_MODEL", "MARGE_CONTENT", "MARGE_DIGEST_EXCERPTS", "MARGE_KEYS", "MARGE_BACKUPS", "MARGE_PAGE",
        "MARGE_ZONE", "MARGE_CLOCK", "MARGE_ORGANISATION", "MARGE_CONTACT", "MARGE_DPO", "MARGE_HOSTING",
    }  # fmt: skip


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=5000\nOPENAI_MODEL='un modèle'\nPGPASSWORD=x\n", "utf-8")
    settings = Settings.load({"PORT": "6000", "OPENAI_MODEL": ""}, file)
    assert (settings.port, settings.openai_model) == (6000, "un modèle")


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "6001")
    assert Settings.load(env_file=NOWHERE).port == 6001


def test_a_dollar_in_the_file_is_no_variable(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DATABASE_URL=postgresql://u:a${PORT}b@db/marge\nPORT=5000\n")
    assert Settings.load({}, file).database_url == "postgresql+psycopg://u:a${PORT}b@db/marge"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgres://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgresql://h/d?sslmode=require", "postgresql+psycopg://h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:////srv/marge.db", "sqlite:////srv/marge.db"),
    ],
)
def test_a_database_address_names_its_driver(given: str, kept: str) -> None:
    assert load(DATABASE_URL=given).database_url == kept


@pytest.mark.parametrize("page", ["http://marge.example", "https://localhost:8080", "https://127.0.0.1"])
def test_on_telegram_the_page_is_public_and_https(page: str) -> None:
    assert "MARGE_PAGE ne convient pas" in refusal(BOT_TOKEN="1:a", MARGE_PAGE=page)
    assert load(TELEGRAM_API_URL="http://127.0.0.1:8081", MARGE_PAGE=page).page == page


def test_the_page_is_where_telegram_calls_unless_said_otherwise() -> None:
    assert load().page == ""
    assert load(PUBLIC_URL="https://marge.example").page == "https://marge.example"
    assert (
        load(PUBLIC_URL="https://marge.example", MARGE_PAGE="https://espace.example").page == "https://espace.example"
    )


def test_addresses_lose_their_last_slash() -> None:
    settings = load(TELEGRAM_API_URL="http://127.0.0.1:8081/", PUBLIC_URL="http://127.0.0.1:8000/")
    assert (settings.telegram_api_url, settings.public_url) == ("http://127.0.0.1:8081", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", "canary"),
        ("BOT_TOKEN", "123456:canary canary"),
        ("TELEGRAM_API_URL", "canary.example"),
        ("TELEGRAM_API_URL", "https://[canary"),
        ("DATABASE_URL", "mysql://u:canary@h/d"),
        ("DATABASE_URL", "canary"),
        ("PUBLIC_URL", "https://canary.example/?a=1"),
        ("PORT", "canary"),
        ("PORT", "70000"),
        ("OPENAI_BASE_URL", "ftp://canary"),
        ("MARGE_ZONE", "Europe/Canary"),
        ("MARGE_ZONE", "../../canary"),
        ("MARGE_ZONE", "Europe"),
    ],
)
def test_a_wrong_value_is_named_but_never_repeated(name: str, value: str) -> None:
    said = refusal(**{name: value})
    assert said.startswith(f"{name} ne convient pas : il faut ")
    assert "canary" not in said.lower()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("MARGE_ZON", "MARGE_ZONE"), ("MARGE_KEY", "MARGE_KEYS"), ("MARGE_CONTNT", "MARGE_CONTENT"), ("MARGE_", "MARGE_")],
)
def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path, wrong: str, right: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{wrong}=canary\n")
    with pytest.raises(SettingsError) as in_file:
        Settings.load({}, file)
    assert str(in_file.value) == refusal(**{wrong: "canary"})
    assert re.match(rf"{wrong} n'est pas un réglage de Marge : écrivez {right}", str(in_file.value))


def test_other_names_are_nobodys_business() -> None:
    assert load(PATH="/bin", MARGERY="x", MARGE_TEST_PG_URL="x") == load()


@pytest.mark.parametrize(
    "address",
    [
        "https://api.telegram.org",
        "https://api.telegram.org/",
        "http://API.Telegram.org:443",
        "https://api.telegram.org./",
    ],
)
def test_a_rehearsal_clock_never_meets_telegram(address: str) -> None:
    assert "MARGE_CLOCK" in refusal(TELEGRAM_API_URL=address, MARGE_CLOCK="var/clock")
    assert "MARGE_CLOCK" in refusal(MARGE_CLOCK="var/clock")


def test_a_rehearsal_clock_is_for_a_local_server() -> None:
    settings = load(TELEGRAM_API_URL="http://127.0.0.1:8081", MARGE_CLOCK="var/clock")
    assert settings.clock == Path("var/clock")


def test_telegram_calls_only_https() -> None:
    assert "https" in refusal(PUBLIC_URL="http://marge.example")
    assert load(PUBLIC_URL="https://marge.example/bot").public_url == "https://marge.example/bot"


@pytest.mark.parametrize("content", [b"PORT=\xff\xfe", None])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "réglages"
    file.write_bytes(content) if content else file.mkdir()
    if content is None:
        assert Settings.load({}, file) == load()
        return
    with pytest.raises(SettingsError, match="réglages ne se lit pas"):
        Settings.load({}, file)


def test_secrets_are_not_shown() -> None:
    settings = load(BOT_TOKEN=TOKEN, OPENAI_API_KEY="sk-canary", DATABASE_URL="postgresql://u:canary@h/d")
    assert "canary" not in repr(settings) + str(settings)
    assert settings.token == TOKEN


def test_a_missing_token_is_asked_for_when_it_is_needed() -> None:
    with pytest.raises(SettingsError, match=r"^BOT_TOKEN manque"):
        _ = load().token


def test_the_webhook_secret_follows_the_token() -> None:
    one, same, other = load(BOT_TOKEN=TOKEN), load(BOT_TOKEN=TOKEN, PORT="1"), load(BOT_TOKEN="1:x")
    assert one.webhook_secret == same.webhook_secret != other.webhook_secret
    assert re.fullmatch(r"[0-9a-f]{64}", one.webhook_secret)
    assert TOKEN not in one.webhook_secret


def test_what_ships_with_the_code_is_found() -> None:
    assert shipped("migrations").is_dir()
    assert shipped("content").is_dir()
