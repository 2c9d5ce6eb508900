"""The documents are held to the code."""

import inspect
import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import get_commands
from django.dispatch import Signal

from communications import signals
from communications.api.exception_handler import _REQUEST_FAILURES
from communications.api.kinds import KINDS
from communications.api.scopes import Scope
from communications.conf import DEFAULTS as WHATSAPP_DEFAULTS
from communications.errors import WhatsAppError
from communications.graph import interactive_payloads, shared_payloads
from communications.health import checklist
from communications.message_templates import DEFINITIONS
from communications.meta_codes import META_CODES, Action
from communications.models import Status
from invitations import signals as invitation_signals
from invitations.conf import DEFAULTS as INVITATION_DEFAULTS
from invitations.models import BatchRow, Invitation

SIGNALS = [
    name
    for module in (signals, invitation_signals)
    for name, value in vars(module).items()
    if isinstance(value, Signal)
]
BUILDERS = [
    builder
    for module in (interactive_payloads, shared_payloads)
    for builder in vars(module).values()
    if inspect.isfunction(builder) and builder.__module__ == module.__name__ and not builder.__name__.startswith("_")
]

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "pyfactor" / "settings.py").read_text()
READ_FROM_ENV = set(re.findall(r'from_env\(\s*"(\w+)"', SETTINGS))


@pytest.mark.parametrize("name", sorted({*WHATSAPP_DEFAULTS, *INVITATION_DEFAULTS, *READ_FROM_ENV}))
def test_every_setting_has_a_heading(name):
    assert f"### {name}\n" in DOCS["configuration.md"]


@pytest.mark.parametrize("name", re.findall(r"### (\w+)\n", DOCS["configuration.md"]))
def test_every_documented_setting_is_read_from_the_environment(name):
    assert name in READ_FROM_ENV


@pytest.mark.parametrize(("name", "default"), [*WHATSAPP_DEFAULTS.items(), *INVITATION_DEFAULTS.items()])
def test_every_default_is_documented(name, default):
    section = DOCS["configuration.md"].split(f"### {name}\n")[1].split("###")[0]

    assert f"`{default}`" in section if default else "Empty by default" in section


@pytest.mark.parametrize(
    "name", sorted(name for name in WHATSAPP_DEFAULTS if not name.startswith(("WHATSAPP_", "INVITATION_")))
)
def test_every_setting_without_a_prefix_is_named_to_whoever_embeds(name):
    assert f"`{name}`" in DOCS["embedding.md"]


@pytest.mark.parametrize("code", sorted(code for code in META_CODES if not 200 <= code < 300))
def test_every_code_of_metas_is_explained(code):
    meta = META_CODES[code]

    assert f"| {code} | {meta.meaning} | {meta.move.value} | {meta.advice} |" in DOCS["operations.md"]


def test_every_code_of_ours_has_its_line():
    """Of errors that are raised on purpose, and of those that REST framework raises."""
    table = DOCS["operations.md"].split("## Our own codes\n")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    documented = {code for cell in first_cells for code in re.findall(r"`(\w+)`", cell)}

    assert codes_of(WhatsAppError) | {code for code, *_words in _REQUEST_FAILURES.values()} == documented


def codes_of(kind):
    """The stable words of an error and of all that are made from it."""
    return ({kind.code} if hasattr(kind, "code") else set()).union(*map(codes_of, kind.__subclasses__()))


@pytest.mark.parametrize("action", Action)
def test_every_kind_of_metas_codes_says_what_to_look_at_and_when_it_is_over(action):
    heading = action.value[0].upper() + action.value[1:]
    section = DOCS["operations.md"].split(f"### {heading}\n")[1].split("| code |")[0]

    assert re.search(r"[Oo]ver (when|by itself)|its runbook", section)


@pytest.mark.parametrize(
    "command", sorted(name for name, app in get_commands().items() if app in {"communications", "invitations"})
)
def test_every_command_is_documented(command):
    assert f"manage.py {command}" in DOCS["operations.md"]


@pytest.mark.parametrize("word", [*Status.values, *Invitation.State.values])
def test_every_status_is_documented(word):
    assert f"`{word}`" in DOCS["api.md"]


@pytest.mark.parametrize("scope", Scope)
def test_every_scope_is_documented(scope):
    assert f"| `{scope}` |" in DOCS["api.md"]
    assert f"`--scope {scope}`" in DOCS["operations.md"]


EXAMPLES = [
    example
    for block in re.findall(r"```json\n(.*?)```", DOCS["api.md"], re.DOTALL)
    if '"phoneNumber": "+1385' in block
    for example in [json.loads(block)]
    if "createdAt" not in example
]


def test_every_type_of_message_is_documented_with_an_example():
    assert sorted(example["type"] for example in EXAMPLES) == sorted(KINDS)


@pytest.mark.parametrize("name", SIGNALS)
def test_every_signal_is_documented(name):
    assert f"| `{name}` |" in DOCS["signals.md"]


@pytest.mark.parametrize("name", [check.name for group in checklist.GROUPS for check in group.checks])
def test_every_check_of_the_checklist_is_documented(name):
    assert f"`{name}`" in DOCS["health.md"]


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_every_message_builder_is_documented_with_its_arguments(builder):
    arguments = [
        name if parameter.default is inspect.Parameter.empty else f'{name}="{parameter.default}"'
        for name, parameter in inspect.signature(builder).parameters.items()
    ]

    assert f"| `{builder.__name__}({', '.join(arguments)})` |" in DOCS["messages.md"]


@pytest.mark.django_db
def test_python_code_of_the_messages_runs(sandbox):
    code = re.search(r"```python\n(.*?)```", DOCS["messages.md"], re.DOTALL)

    exec(code.group(1), {})

    assert sandbox.messages()[0]["buttons"][0]["text"] == "Yes"


TEMPLATES = [(definition, language) for definition in DEFINITIONS.values() for language in definition.languages]


def section_of(definition):
    return DOCS["message-templates.md"].split(f"### {definition.name}\n")[-1].split("\n#")[0]


@pytest.mark.parametrize(
    ("definition", "language"), TEMPLATES, ids=lambda part: part if isinstance(part, str) else part.name
)
def test_every_message_template_is_documented_word_for_word(definition, language):
    wording = definition.wording(language)

    section = section_of(definition)
    texts = [f"`{language}`:\n\n```text\n{wording.body}\n```"]
    texts += [f"`{text}`" for text in (wording.footer, wording.button, *wording.replies) if text]

    assert f"### {definition.name}\n" in DOCS["message-templates.md"]
    assert [text for text in texts if text not in section] == []
    assert f"\n{definition.category}" in f"\n{section.strip()}"


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda definition: definition.name)
def test_every_field_of_a_message_template_is_documented_with_its_example(definition):
    fields = [*definition.fields.items(), *([definition.url_field] if definition.url_field else [])]

    section = section_of(definition)

    assert [name for name, example in fields if f"| `{name}` | {example} |" not in section] == []


@pytest.mark.django_db
def test_python_code_of_the_message_templates_runs(sandbox):
    code = re.search(r"```python\n(.*?)```", DOCS["message-templates.md"], re.DOTALL)

    exec(code.group(1), {})

    assert [message["request"]["template"]["language"]["code"] for message in sandbox.messages()] == [
        "en_US", "en_US", "es", "fr",
    ]  # fmt: skip


def test_every_pinned_package_has_its_reason():
    lists = [*ROOT.glob("requirements*.in"), ROOT / "deploy" / "requirements.in"]
    pinned = [name for path in lists for name in re.findall(r"^([\w-]+)(?:\[\w+\])?==", path.read_text(), re.MULTILINE)]

    rows = re.findall(r"^\| ([^|]+) \|", DOCS["decisions.md"], re.MULTILINE)
    assert sorted(set(pinned) - {name for row in rows for name in row.split(", ")}) == []


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{name}" for name in DOCS)])
def test_links_lead_somewhere(document):
    path = ROOT / document
    links = re.findall(r"\]\((?!http)([^)#]+)", path.read_text())

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("named_in", ["Makefile", "pyproject.toml"])
def test_documents_that_tools_name_exist(named_in):
    named = re.findall(r"\bdocs/[\w-]+\.md\b", (ROOT / named_in).read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("claim", sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", DOCS["security.md"]))))
def test_test_that_shows_a_claim_about_security_exists(claim):
    path, name = claim.split("::")

    assert f"def {name}(" in (ROOT / path).read_text()


def test_every_claim_about_security_names_its_test():
    rows = re.findall(r"^\| (?!claim|what |---|-)(.*) \|$", DOCS["security.md"], re.MULTILINE)

    assert len(rows) > 50
    assert [row for row in rows if "::test_" not in row.rsplit("|", 1)[-1]] == []


def test_readme_is_short_enough_to_be_read():
    assert len(README.splitlines()) < 150


@pytest.mark.django_db
def test_python_code_of_the_readme_runs(sandbox, capsys):
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)

    exec(code.group(1), {})

    assert sandbox.messages()[0]["request"]["text"]["body"] == "Hello from Dott!"
    assert "accepted" in capsys.readouterr().out


def test_curl_body_of_the_readme_is_taken(invite, sandbox):
    body = json.loads(re.search(r"-d '(\{.*?\})'", README).group(1))

    assert invite(body["phoneNumber"], body["message"]).status_code == 200


def test_list_of_the_api_is_taken(api, inviter):
    inviter.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    body = re.search(r'```json\n(\{"name": "Spring fair".*?"rows": .*?)```', DOCS["api.md"], re.DOTALL)[1]

    assert api.post("/api/invitations/whatsapp/bulk/", json.loads(body), format="json").json()["rows"] == 2


@pytest.mark.parametrize("app", ["pyfactor", "communications", "invitations"])
def test_every_module_stands_in_the_tree_of_the_architecture(app):
    """The last folder of a module's path is enough to tell it from its namesakes."""
    tree = named_in_tree(DOCS["architecture.md"].split("```")[1])
    unnamed = {"migrations", "management", "description"}
    modules = [path.relative_to(ROOT) for path in (ROOT / app).rglob("*.py") if path.name != "__init__.py"]

    assert [str(path) for path in modules if not unnamed & set(path.parts) and path not in tree] == []


def named_in_tree(tree):
    """The paths of the modules that the tree names; a folder stands for itself until the next line of its depth."""
    folders, named = {}, set()
    for line in tree.strip().splitlines():
        depth = len(line) - len(line.lstrip())
        if folder := re.match(r" *([\w]+)/", line):
            folders = {at: name for at, name in folders.items() if at < depth} | {depth: folder[1]}
        above = [name for at, name in sorted(folders.items()) if at < depth or folder]
        named |= {Path(*above, name) for name in re.findall(r"(?<![\w/])\w+\.py", line)}
    return named


@pytest.mark.parametrize("verdict", BatchRow.Verdict.values)
def test_every_verdict_on_a_row_is_documented(verdict):
    assert f"| `{verdict}` |" in DOCS["bulk.md"]
