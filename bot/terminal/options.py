"""What may be written after a command: the name of each option, what it takes, what it is for."""

from pathlib import Path
from typing import Annotated, Any

import typer


def _value(name: str, metavar: str, help: str, **about: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=help, **about)


def _flag(name: str, help: str) -> Any:
    return typer.Option(name, metavar="", help=help)


Json = Annotated[bool, _flag("--json", "Répondre en JSON, pour un programme.")]

Port = Annotated[int, _value("--port", "PORT", "Le port de la page ; 0 : un port libre.", min=0, max=65535)]
NoBrowser = Annotated[bool, _flag("--no-browser", "Ne pas ouvrir de navigateur.")]
Folder = Annotated[
    Path | None, typer.Argument(metavar="[DOSSIER]", help="Un dossier de contenus ; sans lui, celui des réglages.")
]
Safety = Annotated[bool, _flag("--safety", "Éprouver le lexique de détresse sur son corpus, et dire ses chiffres.")]
MapFolder = Annotated[Path, _value("--out", "DOSSIER", "Où écrire les images.")]
MapFlow = Annotated[str | None, _value("--flow", "MODULE", "Un seul module. Sans lui ni programme : tout.")]
MapProgramme = Annotated[str | None, _value("--programme", "PROGRAMME", "Un seul programme, sans ses modules.")]
Rehearsed = Annotated[
    str,
    typer.Argument(metavar="MODULE|PROGRAMME", help="Un module (accueil, capsule:habitus) ou un programme (bilan)."),
]
Profile = Annotated[str | None, _value("--as", "PROFIL", "Comme quelqu'un d'autre : post_burnout, le rythme doux.")]
Every = Annotated[str, _value("--every", "DURÉE", "D'un programme : un rendez-vous imaginaire tous les 14j, 2sem…")]

Name = Annotated[str, _value("--name", "PRÉNOM", "Le prénom, tel que Marge le dira.")]
PerhapsName = Annotated[str | None, _value("--name", "PRÉNOM", "Le prénom, tel que Marge le dira.")]
Zone = Annotated[str | None, _value("--zone", "FUSEAU", "Un fuseau horaire, par exemple Europe/Paris.")]
PerhapsCoach = Annotated[
    int | None, _value("--coach", "NUMÉRO", "Le numéro de son ou sa coach ; d'une liste, là où elle n'en dit pas.")
]
OfProgramme = Annotated[str, _value("--programme", "PROGRAMME", "Un programme des contenus.")]
Format = Annotated[str, _value("--format", "FORMAT", "Le format du bilan.")]
Cohort = Annotated[str | None, _value("--cohort", "COHORTE", "Le groupe dont cette personne fait partie.")]

Csv = Annotated[
    Path | None,
    _value("--csv", "FICHIER", "Une liste : prénom, et au choix coach, cohorte, format, programme, fuseau."),
]
DryList = Annotated[bool, _flag("--dry-run", "Relire la liste et dire ses fautes, sans inviter personne.")]
TheCohort = Annotated[str, _value("--name", "COHORTE", "Le nom d'une cohorte, tel qu'il est écrit.")]
NewName = Annotated[str, _value("--to", "NOM", "Son nouveau nom.")]
Limit = Annotated[int, _value("--limit", "NOMBRE", "Combien de lignes, les plus récentes.", min=1, max=10_000)]
Action = Annotated[str | None, _value("--action", "ACTION", "Une seule sorte de changement, par exemple invite.")]
Check = Annotated[bool, _flag("--check", "Vérifier que rien n'a été changé ni retiré ; code 1 sinon.")]

Archive = Annotated[Path, _value("--out", "FICHIER", "L'archive à écrire, par exemple var/qualiopi.zip.")]
WithNames = Annotated[bool, _flag("--names", "Mettre aussi les prénoms ; sans cela, des numéros.")]

Participant = Annotated[int, _value("--participant", "NUMÉRO", "Le numéro du participant.")]
Anybody = Annotated[int, _value("--person", "NUMÉRO", "Le numéro d'une personne, quel que soit son rôle.")]
Looking = Annotated[bool, _flag("--dry-run", "Montrer ce qui serait détruit, sans rien détruire.")]
Yes = Annotated[bool, _flag("--yes", "Le faire pour de bon.")]
Coach = Annotated[int, _value("--coach", "NUMÉRO", "Le numéro du ou de la coach.")]
Session = Annotated[str, _value("--session", "SÉANCE", "Une séance du programme, par exemple S1.")]
At = Annotated[str, _value("--at", "DATE", "Par exemple 2026-12-01T10:00 : l'heure de --zone, sinon du participant.")]
Send = Annotated[bool, _flag("--send", "L'envoyer sur Telegram au lieu de la montrer.")]

ToCohort = Annotated[
    list[str] | None, _value("--cohort", "COHORTE", "À qui : un groupe, ou « * » pour tout le monde. Répétable.")
]
ToPhase = Annotated[
    list[str] | None, _value("--phase", "ÉTAPE", "… à cette étape du programme (exploration). Répétable.")
]
ToFormat = Annotated[list[str] | None, _value("--format", "FORMAT", "… dans ce format (accompagne). Répétable.")]
ToSituation = Annotated[
    list[str] | None,
    _value("--situation", "SITUATION", "… sans_rendez_vous, avant_seance (7 jours), en_silence (14 jours). Répétable."),
]
ToPeople = Annotated[
    list[str] | None, _value("--participant", "NUMÉRO|PRÉNOM", "… parmi ces personnes seulement. Répétable.")
]
TextFile = Annotated[
    Path | None, _value("--text-file", "FICHIER", "Quoi : le texte d'un fichier, tel quel (« - » : l'entrée).")
]
Picture = Annotated[
    Path | None, _value("--picture", "FICHIER", "Avec le texte : une image (JPEG, PNG) ou un document.")
]
TheFlow = Annotated[str | None, _value("--flow", "MODULE", "Quoi : un module des contenus.")]
TheCapsule = Annotated[str | None, _value("--capsule", "CAPSULE", "Quoi : une capsule des contenus.")]
Later = Annotated[
    str | None, _value("--at", "DATE", "Quand : 2026-12-01T10:00, là où vit chaque personne. Sans elle : maintenant.")
]
Weekly = Annotated[
    str | None, _value("--weekly", "JOUR HEURE", "Quand : chaque semaine, « lundi 18:00 », là où vit chaque personne.")
]
Around = Annotated[
    str | None,
    _value("--around", "MOMENT", "Quand : autour d'un rendez-vous, « J-2 18:00 », « J+1 » ou « S2 - 2j 18:00 »."),
]
LastDay = Annotated[str | None, _value("--until", "DATE", "Avec --weekly ou --around : le dernier jour, 2027-01-31.")]
PushNumber = Annotated[int, typer.Argument(metavar="NUMÉRO", help="Le numéro de l'envoi.")]
DryRun = Annotated[bool, _flag("--dry-run", "Montrer qui recevrait l'envoi, sans rien envoyer.")]
Again = Annotated[bool, _flag("--again", "Envoyer même si la même chose est partie il y a moins de douze heures.")]
Whose = Annotated[int | None, _value("--participant", "NUMÉRO", "Une seule personne. Sans elle : tout le monde.")]

Contents = Annotated[bool, _flag("--contents", "Changer aussi la clé de chaque personne, et tout sceller à nouveau.")]
Master = Annotated[str, typer.Argument(metavar="CLÉ", help="Le nom d'une clé maîtresse, par exemple m1.")]
Backups = Annotated[
    Path | None, typer.Argument(metavar="[DOSSIER]", help="Où garder les copies ; sans lui, celui de MARGE_BACKUPS.")
]
HeldNumbers = Annotated[
    list[int] | None, typer.Argument(metavar="[NUMÉRO]...", help="Des numéros, tels que « marge held list » les donne.")
]
AllHeld = Annotated[bool, _flag("--all", "Tous les messages retenus.")]
Copy = Annotated[Path, typer.Argument(metavar="COPIE", help="Le dossier des copies, ou une de celles de « donnees ».")]
KeysCopy = Annotated[
    Path | None, _value("--keys", "COPIE", "Une copie des clés ; sans elle, la plus récente, à côté de l'autre.")
]
Into = Annotated[
    str | None, _value("--into", "ADRESSE", "Une base vide, sqlite:///… ou postgresql://… ; sinon, DATABASE_URL.")
]

Note = Annotated[str, _value("--note", "MOT", "En un mot, ce que cela change.")]
Unpublished = Annotated[bool, _flag("--dry-run", "Montrer ce qui changerait, sans rien publier.")]
Reword = Annotated[
    bool, _flag("--reword", "Corriger aussi les modules commencés, où seuls des mots changent et n'ont pas été lus.")
]
Over = Annotated[bool, _flag("--over", "Publier même si le dossier n'a pas des corrections faites sur la page.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", help="Le numéro d'une version.")]
IntoFolder = Annotated[Path | None, _value("--into", "DOSSIER", "Où écrire ; sans lui, le dossier des réglages.")]
Module = Annotated[str, typer.Argument(metavar="MODULE", help="Un module des contenus.")]

Rome = Annotated[Path | None, _value("--rome", "FICHIER", "Le fichier des compétences du ROME 4.0, en CSV ou en JSON.")]
Esco = Annotated[Path | None, _value("--esco", "FICHIER", "Le fichier skills_fr.csv d'ESCO.")]
Unwritten = Annotated[bool, _flag("--dry-run", "Relire le fichier, dire ses fautes et ses nombres, sans rien écrire.")]
