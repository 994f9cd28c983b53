"""How long each thing is kept, whose it is, what makes it go, and why: one row a table, one a folder.

`docs/conservation.md` is written from here. Erasing (erasing.py) and the daily purge read this table and no other:
a table that is not here is kept for ever and erased by nobody, and a test fails. Runs no statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, Table, and_, cast, exists, or_, select

from bot.store import tables as t

DAY = timedelta(days=1)
YEAR = 365 * DAY

FOLLOW_UP = timedelta(days=1095)
"""The most that a document of a bilan may be kept after its end (R6313-7: three years)."""

SETTLED = ("sent", "doubtful", "refused", "dropped")
"""States of a message that nothing more will come of."""

EMPTIED = 64
"""Bytes under which a sealed payload holds nothing any more."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whoever is to be erased: their number, their enrolment's (0: none), and the Telegram chats known to be theirs."""

    person: int
    enrolment: int = 0
    chats: tuple[int, ...] = ()


Theirs = Callable[[Subject], ColumnElement[bool]]
Past = Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Policy:
    """One table. `theirs`: how its rows lead to a person, None when they lead to nobody; `past`: its rows that are too
    old, None when age takes none away. `whose`, `until` and `why` are told to whoever reads the document."""

    table: Table
    theirs: Theirs | None
    whose: str
    until: str
    why: str
    past: Past | None = None

    @property
    def name(self) -> str:
        return self.table.name


def _of(table: Table, column: str = "person_id") -> Theirs:
    return lambda s: table.c[column] == s.person


def _enrolled(table: Table) -> Theirs:
    return lambda s: table.c.enrolment_id == s.enrolment


def _through(table: Table, column: str, parent: Table) -> Theirs:
    """Rows that hang on a row of `parent`, itself of the enrolment."""
    ids = parent.c.id
    return lambda s: table.c[column].in_(select(ids).where(parent.c.enrolment_id == s.enrolment))


def _older(column: ColumnElement[datetime], age: timedelta) -> Past:
    return lambda now: column < now - age


def inbox_of(s: Subject) -> ColumnElement[bool]:
    i = t.inbox.c
    return or_(i.owner_id == s.person, and_(i.owner_id == 0, i.chat_id.in_(s.chats)))


def _inbox_past(now: datetime) -> ColumnElement[bool]:
    """A message corrected in Telegram finds its answer here: Telegram lets one correct for two days."""
    i = t.inbox.c
    done = and_(i.state == "done", i.received_at < now - 30 * DAY)
    return or_(done, and_(i.state == "parked", i.received_at < now - 90 * DAY), _orphan(t.inbox, now))


def outbox_of(s: Subject) -> ColumnElement[bool]:
    o = t.outbox.c
    theirs = or_(o.owner_id == s.person, o.enrolment_id == s.enrolment)
    return or_(theirs, and_(o.owner_id == 0, o.chat_id.in_(s.chats)))


def _outbox_past(now: datetime) -> ColumnElement[bool]:
    """A row that names a question stays as long as its enrolment: an old button, or a reply to it, is known by it."""
    o = t.outbox.c
    loose = and_(o.run_id.is_(None), o.key.is_(None), o.state.in_(SETTLED), o.created_at < now - 90 * DAY)
    return or_(loose, _orphan(t.outbox, now))


def _orphan(table: Table, now: datetime) -> ColumnElement[bool]:
    """Written by another process while its owner was being erased: sealed under a key that is gone."""
    c, at = table.c, table.c.received_at if "received_at" in table.c else table.c.created_at
    return and_(c.owner_id != 0, at < now - DAY, ~exists().where(t.people.c.id == c.owner_id))


def _timers_past(now: datetime) -> ColumnElement[bool]:
    """Not those of a programme under way: what has left is known by them, and would leave again."""
    r, e = t.timers.c, t.enrolments.c
    over = ~exists().where(e.id == r.enrolment_id, e.state != "ended")
    return and_(r.settled_at < now - YEAR, r.state.not_in(("pending", "held")), over)


def _pushes_past(now: datetime) -> ColumnElement[bool]:
    """Not one that still leaves to somebody, or whose rule looks again one day."""
    p, r = t.pushes.c, t.timers.c
    number = cast(p.id, String)
    mine = and_(r.kind == "push", or_(r.scope == number, r.scope.like(number.concat(":%"))))
    waits = r.state.in_(("pending", "held"))
    awaited = exists().where(waits, or_(mine, and_(r.kind == "round", r.scope == number)))
    return and_(p.at < now - YEAR, ~awaited)


def _flows_past(now: datetime) -> ColumnElement[bool]:
    """Versions that nobody's module holds any more; the newest of each is what is published, and stays."""
    f, newer, r = t.flows.c, t.flows.alias("newer"), t.runs.c
    replaced = exists().where(newer.c.flow == f.flow, newer.c.seen_at > f.seen_at)
    return and_(f.seen_at < now - YEAR, replaced, ~exists().where(r.version == f.version))


def _timers(s: Subject) -> ColumnElement[bool]:
    r = t.timers.c
    return or_(r.enrolment_id == s.enrolment, r.owner.in_((f"e{s.enrolment}", f"c{s.person}")))


def _used(table: Table, column: str, age: timedelta) -> Past:
    return lambda now: table.c[column] < now - age


CLOSING = "fin du programme, après le délai de sept jours, sauf ce que la personne garde jusqu'au suivi ; effacement"
GONE = "effacement, ou trois ans après la fin du programme"
R6313 = "Code du travail, R6313-7 : les documents du bilan sont détruits à son terme."
PROOF = "Preuve de l'accord et de la réalisation (RGPD, article 7.1 ; Code du travail, L6353-9 et L6362-6)."
NEEDED = "RGPD, article 5.1.e : pas plus longtemps que ce qui est nécessaire."
SAFETY = "Sécurité de l'accès (RGPD, article 32)."

POLICIES: tuple[Policy, ...] = (
    Policy(t.testimonials, _through(t.testimonials, "run_id", t.runs),
           "La décision de publier ou non un témoignage. Ses mots sont dans les réponses.",
           "retrait de l'accord ; effacement ; fin du programme si la personne n'a pas accepté d'être publiée",
           "Consentement (RGPD, article 6.1.a)."),
    Policy(t.skills, _enrolled(t.skills),
           "L'état de chaque compétence du livret, et les mots de qui l'a proposée. La preuve est dans les réponses.",
           CLOSING, R6313),
    Policy(t.pages, _enrolled(t.pages), "Ce que la personne a écrit dans un document : ses notes à des scénarios.",
           CLOSING, R6313),
    Policy(t.syntheses, _enrolled(t.syntheses),
           "Le document de synthèse, chaque version, et les remarques de la personne.", CLOSING, R6313),
    Policy(t.briefs, _through(t.briefs, "appointment_id", t.appointments),
           "La fiche préparée pour le coach, scellée sous la clé de la personne.", CLOSING, R6313),
    Policy(t.comments, _enrolled(t.comments), "Les mots du coach à la personne.", CLOSING, R6313),
    Policy(t.notes, _enrolled(t.notes), "Les notes du coach, que la personne peut lire.", CLOSING, R6313),
    Policy(t.replies, _enrolled(t.replies), "Les réponses, chaque version, et le journal.", CLOSING, R6313),
    Policy(t.media, _of(t.media), "Les fichiers envoyés : voix, photos, documents.", CLOSING, R6313),
    Policy(t.runs, _enrolled(t.runs), "Où en est chaque module, et les brouillons.", CLOSING, R6313),
    Policy(t.events, _enrolled(t.events), "Ce qui s'est passé, sans les mots de la personne.", CLOSING, R6313),
    Policy(t.timers, _timers, "Les envois et rappels prévus.",
           "effacement ; un an après, une fois le programme terminé", NEEDED, _timers_past),
    Policy(t.outbox, outbox_of, "Les messages de Marge. Leur texte est vidé dès qu'ils sont partis.",
           "texte : dès l'envoi ; ligne : 90 jours, ou la fin du programme si une question s'y rattache ; effacement",
           NEEDED, _outbox_past),
    Policy(t.inbox, inbox_of, "Les messages reçus. Leur texte est vidé dès qu'ils sont traités.",
           "texte : dès le traitement ; ligne : 30 jours ; mis de côté après une panne : 90 jours ; effacement",
           NEEDED, _inbox_past),
    Policy(t.slots, _of(t.slots, "coach_id"), "Les demi-heures proposées par un coach.",
           "90 jours après ; effacement du coach", NEEDED, _used(t.slots, "at", 90 * DAY)),
    Policy(t.digests, _of(t.digests, "coach_id"), "Les synthèses d'un coach : des nombres, sans nom.",
           "un an ; les nombres d'une personne partent avec elle", NEEDED, _used(t.digests, "made_at", YEAR)),
    Policy(t.absences, lambda s: or_(t.absences.c.coach_id == s.person, t.absences.c.deputy_id == s.person),
           "Les absences d'un coach.", "un an après ; effacement du coach", NEEDED,
           _used(t.absences, "ends_at", YEAR)),
    Policy(t.sign_ins, _of(t.sign_ins), "Les liens d'entrée, réduits à leur empreinte.", "un jour après leur échéance",
           SAFETY, _used(t.sign_ins, "expires_at", DAY)),
    Policy(t.web_sessions, _of(t.web_sessions), "Les sessions de la page web.", "deux jours sans usage",
           SAFETY, _used(t.web_sessions, "seen_at", 2 * DAY)),
    Policy(t.submissions, _of(t.submissions), "La marque des formulaires reçus.", "deux jours",
           SAFETY, _used(t.submissions, "at", 2 * DAY)),
    Policy(t.feeds, _of(t.feeds), "L'adresse secrète d'un agenda, réduite à son empreinte.",
           "30 jours après son retrait ; effacement", SAFETY, _used(t.feeds, "revoked_at", 30 * DAY)),
    Policy(t.accesses, _of(t.accesses), "Qui a lu les mots de la personne, et quand.", "un an ; effacement",
           "RGPD, articles 5.2 et 15.", _used(t.accesses, "at", YEAR)),
    Policy(t.consents, _of(t.consents), "Les accords, datés, et leurs retraits.", GONE, PROOF),
    Policy(t.invitations, _of(t.invitations), "Les invitations, réduites à leur empreinte.",
           "90 jours après leur échéance ; effacement", SAFETY, _used(t.invitations, "expires_at", 90 * DAY)),
    Policy(t.appointments, _enrolled(t.appointments), "Les rendez-vous : dates, et lieu jusqu'à la fin du programme.",
           GONE, PROOF),
    Policy(t.attendance, _enrolled(t.attendance),
           "Les heures de chaque séance et leurs deux confirmations. Aucun contenu.", GONE, PROOF),
    Policy(t.enrolments, _of(t.enrolments), "L'inscription : programme, format, dates.", GONE, PROOF),
    Policy(t.guesses, lambda s: t.guesses.c.chat_id.in_(s.chats), "Les essais de code d'invitation.", "un jour",
           SAFETY, _used(t.guesses, "at", DAY)),
    Policy(t.people, lambda s: t.people.c.id == s.person, "Le prénom, le fuseau horaire, le compte Telegram.",
           GONE, PROOF),
    Policy(t.keys, lambda s: t.keys.c.person_id == s.person, "La clé de chaque personne, elle-même scellée.",
           "avec la personne : sans elle, même une sauvegarde ne se lit plus", "RGPD, articles 17 et 32."),
    Policy(t.pushes, None, "Les envois de l'administration. Les destinataires y sont des numéros, ôtés à l'effacement.",
           "un an", NEEDED, _pushes_past),
    Policy(t.certificates, None, "Ce qui a été détruit : des nombres, jamais un contenu.", "six ans",
           "Preuve de la destruction (R6313-7 ; RGPD, article 5.2).", _used(t.certificates, "at", 6 * YEAR)),
    Policy(t.cohorts, None, "Les cohortes : un nom, rien de personne.", "jamais purgé", NEEDED),
    Policy(t.audit, None, "Qui a fait quoi à l'administration : des numéros, des noms de cohortes, jamais un contenu.",
           "trois ans", "RGPD, articles 5.2 et 32.", _used(t.audit, "at", 3 * YEAR)),
    Policy(t.drafts, None, "Les contenus en cours de correction ; rien de personne.",
           "un an sans y toucher", NEEDED, _used(t.drafts, "at", YEAR)),
    Policy(t.publications, None, "Chaque version publiée des contenus ; rien de personne.",
           "jamais purgé : c'est à elles que l'on revient", NEEDED),
    Policy(t.flows, None, "Les contenus publiés ; rien de personne.",
           "un an après leur remplacement, s'ils ne servent plus", NEEDED, _flows_past),
)  # fmt: skip
"""In the order in which rows are deleted: what hangs on a row goes before it."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A place on the disk; `setting` is the variable that names it."""

    setting: str
    holds: str
    until: str


FOLDERS: tuple[Folder, ...] = (
    Folder("DATABASE_URL", "La base, son journal, et à côté d'elle (SQLite) le trousseau des clés.",
           "selon les tables ci-dessus ; une clé effacée est écrasée dans le trousseau et son journal"),
    Folder("MARGE_KEYS", "La clé maîtresse de l'opérateur. Rien de personne.", "jamais purgé"),
    Folder("MARGE_BACKUPS", "Les copies de chaque nuit : la base d'un côté, le trousseau des clés de l'autre.",
           "base : 30 jours ; trousseau : 48 heures. Une clé effacée ne se retrouve donc plus au-delà de 48 heures"),
    Folder("MARGE_CONTENT", "Les contenus publiés. Rien de personne.", "jamais purgé"),
    Folder("MARGE_CLOCK", "Le décalage d'une répétition. Rien de personne.", "jamais purgé"),
)  # fmt: skip


def policy(table: Table) -> Policy:
    """Raises KeyError for a table that has none."""
    found = next((one for one in POLICIES if one.table is table), None)
    if found is None:
        raise KeyError(table.name)
    return found
