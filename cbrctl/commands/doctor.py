"""`cbrctl doctor`: is everything in place for a backup, and what mends what is not?"""

from contextlib import closing
from typing import TYPE_CHECKING

import typer

from cbrctl.cli.shared_options import Common
from cbrctl.machine.environment import ENVIRON

if TYPE_CHECKING:
    from cbrctl.doctor import Finding
    from cbrctl.documents.machine import DoctorJson


def doctor(context: typer.Context) -> int:
    """Check configuration, credentials, network, clock and files; say what mends each.

    It logs in once at most and reads the list of vaults; nothing is started or changed. The exit code is that of the
    worst error; warnings do not count.

    Examples:
      cbrctl doctor
      cbrctl doctor --profile prod
      cbrctl doctor -o json | jq -r '.findings[].check'
    """
    common: Common = context.obj
    screen = common.screen
    screen.need_ids()
    from cbrctl.doctor import examine, exit_code_of
    from cbrctl.screen import own_columns
    from cbrctl.screen.findings import print_end, print_errors, print_finding

    for_people = screen.output == "table" and screen.streams.terminal_out
    found: list[Finding] = []
    # the session is closed with it, a signal included
    with closing(examine(common.open_session, ENVIRON, sandbox=common.sandbox)) as findings:
        for finding in findings:
            found.append(finding)
            if for_people and finding.state in ("ok", "warning"):  # each as it comes; what is wrong stands last
                print_finding(screen, finding)
    exit_code = exit_code_of(found)
    if for_people:
        print_end(screen, found)
        return screen.finish(exit_code)
    print_errors(screen, found)
    if screen.output == "table":
        return screen.show_rows(own_columns.FINDINGS, found, exit_code)
    document: DoctorJson = {
        "exit_code": exit_code,
        "findings": [own_columns.finding_json(finding) for finding in found],
    }
    return screen.show_document("doctor", document, exit_code)
