"""Every map there is: its file, its title, how it is drawn; and the page that shows them in the order of the programme.

Writes nothing: the terminal does.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.documents.flow_map import flow_map
from bot.documents.programme_map import intervals, linked, programme_map
from bot.documents.wording import Wording
from bot.library import Library
from flows.model import Envoi, Flow, Programme

COMMAND: Final = "./marge map --out docs/maps"
PAGE: Final = "README.md"
MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>&#|~])")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One map: `file` is where its SVG goes, under the folder of the maps."""

    file: str
    title: str
    draw: Callable[[], str]


class Atlas:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.wording = Wording(library)

    def sheets(self) -> list[Sheet]:
        """The programmes, then every module: as the programmes bring them, then those that none brings."""
        flows = [flow for programme in self.library.programmes.values() for _, flow, _ in self._brought(programme)]
        unique = {flow.id: flow for flow in [*flows, *self.library.flows.values()]}
        return [*map(self.programme, self.library.programmes.values()), *map(self.flow, unique.values())]

    def programme(self, programme: Programme) -> Sheet:
        alone = len(self.library.programmes) == 1
        file = "programme.svg" if alone else f"programme-{programme.id}.svg"
        return Sheet(file, programme.title, lambda: programme_map(self.wording, programme))

    def flow(self, flow: Flow) -> Sheet:
        return Sheet(linked(flow.id), flow.title, lambda: flow_map(self.wording, flow, self._sent(flow)))

    def _sent(self, flow: Flow) -> list[str]:
        """When it comes, once for each time that a programme brings it."""
        say = self.wording.say
        return [
            say("sent", session=envoi.when.session, when=self.wording.offset(envoi.when)) if envoi else heading
            for programme in self.library.programmes.values()
            for heading, brought, envoi in self._brought(programme)
            if brought.id == flow.id
        ]

    def _brought(self, programme: Programme) -> Iterator[tuple[str, Flow, Envoi | None]]:
        """What a programme brings, in order: under which heading, what, and by which envoi."""
        say = self.wording.say
        if programme.welcome:
            yield say("welcome"), self.library.flow(programme.welcome), None
        for interval in intervals(programme):
            for envoi in interval.after:
                if envoi.flow:
                    yield say("after_session", session=envoi.when.session), self.library.flow(envoi.flow), envoi
            for envoi in interval.before:
                if envoi.flow:
                    yield say("before_session", session=envoi.when.session), self.library.flow(envoi.flow), envoi

    # --- the page ---

    def page(self) -> str:
        """The page that shows every map, in Markdown."""
        say = self.wording.say
        lines = [f"# {say('page_title')}", say("page_intro", command=COMMAND)]
        shown: set[str] = set()
        for programme in self.library.programmes.values():
            sheet = self.programme(programme)
            drawn = sheet.file.removesuffix(".svg")
            lines += [f"## {marked(sheet.title)}", _picture(sheet), say("page_png", file=f"{drawn}.png")]
            lines += self._modules(programme, shown)
        alone = [flow for id, flow in self.library.flows.items() if id not in shown]
        return "\n\n".join([*lines, *self._alone(alone)]) + "\n"

    def _modules(self, programme: Programme, shown: set[str]) -> Iterator[str]:
        last = ""
        for heading, flow, envoi in self._brought(programme):
            if flow.id in shown:
                continue
            shown.add(flow.id)
            if heading != last:
                yield f"## {heading}"
                last = heading
            yield from self._module(flow, self.wording.offset(envoi.when) if envoi else "")

    def _alone(self, flows: list[Flow]) -> Iterator[str]:
        if flows:
            yield f"## {self.wording.say('page_alone')}"
        for flow in flows:
            yield from self._module(flow, "")

    def _module(self, flow: Flow, when: str) -> Iterator[str]:
        yield f"### {marked(flow.title)}"
        if when:
            yield when[0].upper() + when[1:] + "."
        yield _picture(self.flow(flow))


def _picture(sheet: Sheet) -> str:
    return f"[![{marked(sheet.title)}]({sheet.file})]({sheet.file})"


def marked(title: str) -> str:
    """A title in Markdown, nothing in it read as anything but words."""
    return MARKDOWN.sub(r"\\\1", " ".join(title.split()))
