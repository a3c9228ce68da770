"""The pages of a profile's catalogue: an overview, a page per requirement, the statements."""

from __future__ import annotations

import importlib
import inspect
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.docs import markdown
from conformance.judge.contract import contracts_of
from conformance.model.guidance import Guidance, load_guidance
from conformance.model.profile import Profile, specs_folder
from conformance.model.requirement import Proof, capability_flag
from conformance.oracles.registry import oracles_of
from conformance.runner.collection import cases
from conformance.servers.reference import FAULTS, UNBREAKABLE, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.requirement import Requirement
    from conformance.servers.deviation import Deviation

#: The name of a profile in running text.
TITLES = {"feedhive": "FeedHive", "hayon": "Hayon"}
_PROOFS = {
    Proof.CASE: "a test case",
    Proof.GATE: "a test case, only with the storage gate",
    Proof.INFORMATIVE: "cannot be tested from outside",
}
_PROFILES_FOLDER = "conformance/profiles/"


@dataclass(frozen=True)
class Handbook:
    """The generated pages of one profile."""

    profile: Profile

    @property
    def folder(self) -> str:
        """The folder of the profile's pages, relative to the pages folder."""
        return f"reference/requirements/{self.profile.name}"

    @property
    def title(self) -> str:
        """The profile's name in running text."""
        return TITLES.get(self.profile.name, self.profile.name.capitalize())

    @cached_property
    def operations(self) -> dict[str, list[Requirement]]:
        """The requirements by operation, in the order of the catalogue."""
        rows: dict[str, list[Requirement]] = defaultdict(list)
        for row in self.profile.catalogue:
            rows[row.operation].append(row)
        return dict(rows)

    @cached_property
    def _cases(self) -> dict[str, list[str]]:
        proving: dict[str, list[str]] = defaultdict(list)
        for requirement, case in cases(self.profile):
            proving[requirement].append(case)
        return proving

    @cached_property
    def _guidance(self) -> dict[str, Guidance]:
        return load_guidance(specs_folder() / self.profile.name / "guidance.toml")

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yield the path and the Markdown of every page."""
        yield f"{self.folder}/index.md", self.overview()
        yield f"{self.folder}/statements.md", self.statements()
        yield f"{self.folder}/faults.md", self.deviations()
        for row in self.profile.catalogue:
            yield f"{self.folder}/{row.id}.md", self.requirement(row)

    def navigation(self) -> list[Any]:
        """Return the profile's part of the site's navigation."""
        return [
            f"{self.folder}/index.md",
            *(
                {operation: [{_entry(row): f"{self.folder}/{row.id}.md"} for row in rows]}
                for operation, rows in self.operations.items()
            ),
            {"Statements": f"{self.folder}/statements.md"},
            {"Faults and variants": f"{self.folder}/faults.md"},
        ]

    def overview(self) -> str:
        """Return the page that lists all requirements by operation."""
        catalogue = self.profile.catalogue
        musts = sum(row.level == "MUST" for row in catalogue)
        parts = [
            f"# {self.title}: every requirement\n\n",
            (
                f"{len(catalogue)} requirements, {musts} of them MUST, from version"
                f" {catalogue.version} of the catalogue of *{markdown.text(catalogue.document)}*."
                " To list them on the terminal:\n\n"
            ),
            markdown.block(f"conformance list requirements {self.profile.name}", "sh"),
            "\n",
        ]
        for operation, rows in self.operations.items():
            table = markdown.table(
                ("requirement", "level", "title"),
                (
                    (f"[{row.id}]({row.id}.md)", row.level.value, markdown.text(row.title))
                    for row in rows
                ),
            )
            parts.append(markdown.section(self._heading(operation), table))
        return "".join(parts)

    def _heading(self, operation: str) -> str:
        request = self._request(operation)
        return f"{markdown.code(operation)}: {request}" if request else markdown.code(operation)

    def _request(self, operation: str) -> str:
        for contract in contracts_of(self.profile.name):
            found = contract.operations.get(operation)
            if found is not None:
                return markdown.code(f"{found.method.upper()} {found.path}")
        return ""

    def requirement(self, row: Requirement) -> str:
        """Return the page of one requirement, in the order of `conformance explain`."""
        guidance = self._guidance.get(row.id, Guidance())
        provable = row.has_cases
        unproven = "" if provable else _paragraphs(row.reason, guidance.tested)
        remedies = "Usual causes and fixes" if provable else "What helps"
        return "".join(
            (
                f"# {row.id}\n\n",
                f"**{markdown.text(row.title)}**\n{{ .title }}\n\n",
                f"> {markdown.text(row.statement)}\n\n",
                self._facts(row),
                "\n",
                markdown.section("How we read it", _paragraphs(guidance.ambiguity, row.note)),
                markdown.section("What is accepted", markdown.text(guidance.accepted)),
                markdown.section("Why no case proves it", unproven),
                markdown.section("How it is tested", self._tested(row, guidance)),
                markdown.section("Oracles that judge it", self._oracles(row)),
                markdown.section(remedies, _remedies(guidance)),
                markdown.section("Servers that break it", self._broken(row)),
                markdown.section("Where it comes from", self._origin(row)),
            )
        )

    def _facts(self, row: Requirement) -> str:
        needs = "; ".join(
            f"{markdown.code(need)}: pass {markdown.text(capability_flag(need))}"
            for need in row.needs
        )
        proof = _PROOFS[row.proof]
        return markdown.table(
            ("", ""),
            (
                ("level", f"[{row.level.value}](../../../explanation/levels.md)"),
                ("operation", self._heading(row.operation)),
                ("source", markdown.text(str(row.source))),
                ("tested by", proof),
                ("needs", needs or "only a token"),
            ),
        )

    def _tested(self, row: Requirement, guidance: Guidance) -> str:
        if not row.has_cases:
            return ""
        grouped: dict[str, list[str]] = defaultdict(list)
        for case in self._cases.get(row.id, ()):
            function, bracket, parameters = case.partition("[")
            grouped[function] += [parameters.removesuffix("]")] if bracket else []
        shown = [_case(*pair) for pair in grouped.items()]
        return "\n".join([f"{_paragraphs(guidance.tested)}\n", *shown])

    def _oracles(self, row: Requirement) -> str:
        found = [one for one in oracles_of(self.profile.name) if row.id in one.requirements]
        if not found:
            return ""
        table = markdown.table(
            ("oracle", "what must hold"),
            ((markdown.code(one.name), markdown.text(one.sentence)) for one in found),
        )
        link = "[Oracles](../../../explanation/oracles.md)"
        return (
            f"{link} judge every answer of a run, no matter which case sent the request:\n\n{table}"
        )

    def _broken(self, row: Requirement) -> str:
        faults = [fault for fault in FAULTS[self.profile.name] if fault.requirement == row.id]
        if not faults:
            return markdown.text(UNBREAKABLE.get(row.id, ""))
        table = markdown.table(
            ("fault", "what the server does"),
            ((markdown.code(fault.name), markdown.text(fault.sentence)) for fault in faults),
        )
        serve = f"conformance serve {self.profile.name} --fault {faults[0].name}"
        return f"{table}\nTo start a server with the first fault:\n\n{markdown.block(serve, 'sh')}"

    def _origin(self, row: Requirement) -> str:
        return "".join(
            f"- {markdown.text(statement.section)}, statement {statement.ordinal}:"
            f" {markdown.text(statement.label)} ({markdown.text(statement.document)})\n"
            for statement in self.profile.statements
            if row.id in statement.requirements
        )

    def statements(self) -> str:
        """Return the page that lists each sentence of the documents with its requirements."""
        rows = (
            (
                f"{markdown.text(statement.section)} {statement.ordinal}",
                markdown.text(statement.label),
                ", ".join(f"[{name}]({name}.md)" for name in statement.requirements)
                or f"no requirement: {markdown.text(statement.reason)}",
            )
            for statement in self.profile.statements
        )
        table = markdown.table(("statement", "topic", "requirements"), rows)
        return (
            f"# {self.title}: every statement of the documents\n\n"
            "Each sentence and table row of the documents, with a label in our words. Each one"
            " leads to requirements, or the table says why it promises nothing.\n\n"
            f"{table}"
        )

    def deviations(self) -> str:
        """Return the page of the reference server's faults and variants."""
        name = self.profile.name
        faults = markdown.table(
            ("fault", "breaks", "what the server does"),
            (
                (
                    markdown.code(fault.name),
                    f"[{fault.requirement}]({fault.requirement}.md)",
                    _with_what_shows(fault),
                )
                for fault in FAULTS[name]
            ),
        )
        variants = markdown.table(
            ("variant", "what the server does"),
            (
                (markdown.code(deviation.name), markdown.text(deviation.sentence))
                for deviation in VARIANTS[name]
            ),
        )
        return (
            f"# {self.title}: faults and variants\n\n"
            "With a fault, the reference server breaks one promise, and the kit must report it."
            " With a variant, the reference server makes a different legitimate choice, and the"
            " kit must not report it. `conformance selftest` runs them all:\n\n"
            f"{markdown.block(f'conformance selftest {name} --sample 10', 'sh')}\n"
            f"{markdown.section(f'{len(FAULTS[name])} faults', faults)}"
            f"{markdown.section(f'{len(VARIANTS[name])} variants', variants)}"
        )


def _entry(row: Requirement) -> str:
    """Return how the navigation names a requirement: by its id and its title."""
    return f"{row.id}: {row.title}"


def _with_what_shows(fault: Deviation) -> str:
    """Return what a fault does, and which command shows it where no run can."""
    if not fault.shown_by:
        return markdown.text(fault.sentence)
    command = markdown.code(f"conformance {fault.shown_by}")
    guide = f"../../../guides/{fault.shown_by}.md"
    return f"{markdown.text(fault.sentence)} Only [{command}]({guide}) shows it."


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(markdown.text(text) for text in texts if text)


def _remedies(guidance: Guidance) -> str:
    rows = [(markdown.text(cause), markdown.text(fix)) for cause, fix in guidance.remedies]
    return markdown.table(("cause", "fix"), rows) if rows else ""


def _case(case: str, parameters: list[str]) -> str:
    """Return one case as a folded block: its name, its parameters and its source."""
    path, _, name = case.partition("::")
    module = importlib.import_module(
        "conformance.profiles." + path.removesuffix(".py").replace("/", ".")
    )
    source = inspect.getsource(getattr(module, name))
    rows = ", ".join(markdown.code(row) for row in parameters)
    body = f"In {markdown.code(_PROFILES_FOLDER + path)}"
    body += f", with {rows}.\n\n" if rows else ".\n\n"
    return f'??? example "{name}"\n\n{markdown.indented(body + markdown.block(source, "python"))}'
