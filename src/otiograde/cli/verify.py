"""``otiograde verify OUT``: check the files of a folder against its record, and its grades against the media."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.console import FINDING_FAILED, Console, plural, show_json
from otiograde.cli.options import MeansOptions, cluster_options, deep_options, grouped, jobs_option, output_options


@click.command()
@click.argument("output", type=click.Path(exists=True, file_okay=False, path_type=Path))
@jobs_option
@cluster_options
@deep_options
@output_options
@grouped(MeansOptions, "means")
def verify(output: Path, means: MeansOptions, as_json: bool, quiet: bool) -> int:
    """Check every file of OUTPUT against its SHA-256 digest, and every grade against the media.

    Grades that were made with --deep need --deep again: only then are all their links found.
    """
    from otiograde.cli.run import open_means
    from otiograde.cli.summary import failure, print_settings_notes
    from otiograde.folder.reading import changed_files, read_record
    from otiograde.grading.checking import check_again
    from otiograde.record.codec import encode

    record = read_record(output)
    changed = changed_files(output, record)
    with Console(quiet) as console:
        for name, why in changed.items():
            console.print("changed", f"{name}: {why}")
        with open_means(means, console) as running:
            print_settings_notes(record, running, console)
            findings = check_again(record, running)
        failed = [finding for finding in findings if finding.passed is False]
        for finding in failed:
            console.print("failed", failure(finding))
        unverifiable = sum(finding.passed is None and finding.limit is not None for finding in findings)
        console.print(
            "checked", f"{plural(len(findings), 'finding')}, {len(failed)} failed, {unverifiable} unverifiable"
        )
    if as_json:
        show_json({"changed": changed, "findings": encode(findings), "passed": not changed and not failed})
    return FINDING_FAILED if failed or changed else 0
