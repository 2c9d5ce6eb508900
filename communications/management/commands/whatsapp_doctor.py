import json
import textwrap
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from communications.health import checklist
from communications.health.findings import Finding, Light

TITLE_WIDTH, WORD_WIDTH, WIDTH = 26, 6, 100


class Command(BaseCommand):
    help = (
        "Check everything that WhatsApp needs, against Meta and this server. Exit status: 0 where nothing is broken, "
        "2 where something is; with --strict also 1 where somebody should look at something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--strict", action="store_true", help="exit with 1 where a check is amber and none is red")
        parser.add_argument(
            "--offline", action="store_true", help="do not ask Meta; check settings and this server only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = checklist.run(fresh=True, offline=options["offline"])
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(report), indent=2))
        else:
            self._print(report)
        status = _exit_status(report.light, strict=options["strict"])
        if status:
            raise SystemExit(status)

    def _print(self, report: checklist.Report) -> None:
        for section in report.sections:
            self.stdout.write(self.style.MIGRATE_HEADING(section.title))
            for finding in section.findings:
                self._print_finding(finding)
        counts = [f"{report.count(light)} {light.counted}" for light in reversed(Light)]
        self.stdout.write(f"\n{', '.join(counts)}.")

    def _print_finding(self, finding: Finding) -> None:
        colours: dict[Light, Callable[[str], str]] = {
            Light.GREEN: self.style.SUCCESS,
            Light.AMBER: self.style.WARNING,
            Light.RED: self.style.ERROR,
        }
        indent = " " * (TITLE_WIDTH + WORD_WIDTH + 4)
        sentence = textwrap.fill(finding.verdict.sentence, WIDTH, initial_indent=indent, subsequent_indent=indent)
        word = colours[finding.light](f"{finding.light.word:<{WORD_WIDTH}}")
        self.stdout.write(f"  {finding.title:<{TITLE_WIDTH}} {word} {sentence.lstrip()}")
        for line in (finding.verdict.todo, finding.verdict.command, finding.verdict.link):
            if line:
                # An address or a command is copied whole.
                self.stdout.write(f"{indent}→ {line}")


def _as_json(report: checklist.Report) -> dict[str, Any]:
    return {
        "checkedAt": report.checked_at.isoformat(),
        "askedMetaAt": report.asked_at.isoformat() if report.asked_at else None,
        "light": report.light.value,
        "counts": {light.value: report.count(light) for light in Light},
        "checks": [
            {"group": section.name, **finding.as_json()} for section in report.sections for finding in section.findings
        ],
        "templates": [
            {
                "name": line.name,
                "language": line.language,
                "light": line.light.value,
                "status": line.status,
                "quality": line.quality,
                "category": line.category,
                "reason": line.reason,
                "trouble": line.trouble,
                "syncedAt": line.synced_at.isoformat() if line.synced_at else None,
            }
            for line in report.templates
        ],
    }


def _exit_status(light: Light, *, strict: bool) -> int:
    if light is Light.RED:
        return 2
    return 1 if strict and light is Light.AMBER else 0
