"""``otiograde verify OUT``: whether the folder is still what its record says, and the checks still hold."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.options import MeansOptions, deep_options, gathered, jobs_option, talking_options
from otiograde.cli.talk import FINDING_FAILED, Talk, plural, show_json


@click.command()
@click.argument("output", type=click.Path(exists=True, file_okay=False, path_type=Path))
@jobs_option
@deep_options
@talking_options
@gathered(MeansOptions, "means")
def verify(output: Path, means: MeansOptions, as_json: bool, quiet: bool) -> int:
    """Check every LUT of OUTPUT against the record (sha256), and the grades against the media again.

    What was graded with --deep has links that only --deep finds again.
    """
    from otiograde.cli.run import open_means
    from otiograde.cli.telling import tell_settings
    from otiograde.folder.reading import changed_files, read_record
    from otiograde.grading.checking import check_again
    from otiograde.record.codec import encode

    record = read_record(output)
    changed = changed_files(output, record)
    with Talk(quiet) as talk:
        for name, why in changed.items():
            talk.say("changed", f"{name}: {why}")
        with open_means(means, talk) as running:
            tell_settings(record, running, talk)
            findings = check_again(record, running)
        failed = [finding for finding in findings if finding.passed is False]
        for finding in failed:
            talk.say("failed", f"{finding.shot}: {finding.check} {finding.value:.3g} {finding.unit} {finding.note}")
        unverifiable = sum(finding.passed is None and finding.limit is not None for finding in findings)
        talk.say("checked", f"{plural(len(findings), 'finding')}, {len(failed)} failed, {unverifiable} unverifiable")
    if as_json:
        show_json({"changed": changed, "findings": encode(findings), "passed": not changed and not failed})
    return FINDING_FAILED if failed or changed else 0
