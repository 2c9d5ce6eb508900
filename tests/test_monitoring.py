"""deploy/prometheus and deploy/grafana are held to what the application tells, and to the runbooks."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

yaml = pytest.importorskip("yaml", reason="PyYAML is absent: pip install -r requirements-dev.txt")

ROOT = Path(__file__).parent.parent
PROMETHEUS = ROOT / "deploy/prometheus"
ALERTS = [
    rule for group in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
# A series is named, and perhaps asked for by one value of a label.
SERIES = re.compile(r'\b(whatsapp_\w+)(?:\{(\w+)="([^"]*)")?')


@pytest.fixture
def told(client, db):
    return list(text_string_to_metric_families(client.get("/metrics").content.decode()))


def test_everything_that_is_asked_for_is_told(told):
    told_names = {sample.name for family in told for sample in family.samples} | {family.name for family in told}
    told_labels = {
        (sample.name, *pair) for family in told for sample in family.samples for pair in sample.labels.items()
    }

    asked = {found for query in [*QUERIES, *(rule["expr"] for rule in ALERTS)] for found in SERIES.findall(query)}

    assert [name for name, _label, _value in asked if name not in told_names] == []
    assert [each for each in asked if each[1] and each not in told_labels] == []


def test_everything_that_is_told_is_on_the_dashboard(told):
    shown = {name for query in QUERIES for name, _label, _value in SERIES.findall(query)}
    ours = {family.name for family in told if family.name.startswith("whatsapp_")}

    assert [name for name in ours if not shown & {name, f"{name}_total", f"{name}_bucket"}] == []


def test_every_panel_says_what_it_shows_and_reads_from_the_chosen_prometheus():
    chosen = {"type": "prometheus", "uid": "${datasource}"}

    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource"]
    assert [panel["title"] for panel in PANELS if len(panel["description"]) < 20] == []
    assert {json.dumps(each["datasource"]) for panel in PANELS for each in (panel, *panel["targets"])} == {
        json.dumps(chosen)
    }
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_runbook(rule):
    document, _hash, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", OPERATIONS, re.MULTILINE)
    [heading] = [each for each in headings if re.sub(r"[^\w\s-]", "", each).lower().replace(" ", "-") == anchor]
    runbook = OPERATIONS.split(f"# {heading}\n")[1].split("\n#")[0]

    assert document == "docs/operations.md"
    assert f"`{rule['alert']}`, {rule['labels']['severity']}" in runbook
    assert re.findall(r"^- \*\*(.+?)\*\*: ", runbook, re.MULTILINE) == ["Seen", "For people", "Look", "Do", "Over when"]


def test_every_alert_is_seen_firing_in_the_tests_of_the_rules():
    tested = (PROMETHEUS / "alerts_test.yaml").read_text()

    assert [rule["alert"] for rule in ALERTS if f'alertname="{rule["alert"]}"' not in tested] == []


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml"), ("check", "config", "prometheus.yml")],
    ids=" ".join,
)
def test_prometheus_takes_the_rules_and_they_fire_when_they_should(arguments):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is absent: apt-get install prometheus")

    result = subprocess.run([promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, timeout=60)

    assert result.returncode == 0, result.stdout + result.stderr
