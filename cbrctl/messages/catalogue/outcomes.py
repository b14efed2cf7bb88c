"""What the service said, the way there, and how a backup ended."""

from cbrctl.messages.catalogue.message import TRY_AGAIN, Message

MESSAGES: dict[str, Message] = {
    # what the service said
    "service-auth": Message("The service did not let you in.", "{why}", "{fix}"),
    "service-busy": Message("The vault is being backed up.", "{why} {who}", "{fix}"),
    "busy-with-known": Message(
        "The vault is being backed up.", "{why} {who}", "cbrctl wait {checkpoint} follows that; run this again when it has ended."
    ),
    "busy-with-less": Message(
        "The vault is being backed up, but not all that is wanted.", "{who}", "Run it again when that has ended."
    ),
    "busy-skipped": Message("The vault is being backed up: no other backup was started.", "{who}"),
    "service-capacity": Message("The vault has no room for the backup.", "{why}", "{fix}"),
    "service-not-found": Message("The service did not find it.", "{why}", "{fix}"),
    "service-throttled": Message("The service is refusing requests for their rate.", "{why}", "{fix}"),
    "service-refused": Message("The service refused.", "{why}", "{fix}"),
    "malformed-url": Message(
        "The service knows no such thing.", "It could not read the address of it.", "Check the ids and the project."
    ),
    "endless-list": Message("The list of {path} does not end.", "{pages} pages were read.", "Check the endpoint."),
    "wrong-thing": Message("The service answered for {got} when asked for {asked}.", "", "Check the endpoint."),
    # the way there
    "no-answer": Message("The service could not be reached.", "{note}", TRY_AGAIN),
    "bad-answer": Message("The answer was not one of CBR (status {status}).", "{note}", TRY_AGAIN),
    "region-mistyped": Message(
        "cbrctl knows no region {region}. Did you mean {near}?", "Its address could not be reached. {note}",
        "Correct it where it was set, which cbrctl config list shows; where it is right, check the network.",
    ),
    "post-not-sent": Message("The service could not be reached. Nothing was sent.", "{note}", TRY_AGAIN),
    "post-unanswered": Message(
        "The request was sent, but no whole answer came: whether a backup was started is not known.", "{note}",
        "cbrctl resume {op} looks again; so does the next run.",
    ),
    "post-answer-unclear": Message(
        "The answer (status {status}) does not say whether a backup was started.", "{note}",
        "cbrctl resume {op} looks again; so does the next run.",
    ),
    "post-wrong-thing": Message(
        "The answer is for {got}, not for {asked}: whether a backup was started is not known.",
        "It names the checkpoint {checkpoint}.",
        "cbrctl resume {op} looks again; so does the next run.",
    ),
    # how it ended
    "backup-partial": Message(
        "The backup is not whole: {good} done, {failed} failed, {skipped} skipped.", "{why}", "{fix}"
    ),
    "backup-failed": Message("The backup failed: {failed} failed, {skipped} skipped.", "{why}", "{fix}"),
    "all-skipped": Message("The service skipped every resource: there is no backup.", "{why}", "{fix}"),
    "all-skipped-busy": Message(
        "Every resource is being backed up already: none was taken up.", "{why} {who}", "Run it again when that has ended."
    ),
    "checkpoint-deleted": Message(
        "The checkpoint is gone: it was deleted, or the service never came to know it.", "", "Start a new backup."
    ),
    "nothing-backed-up": Message(
        "The backup ended without a copy.", "Neither a resource nor a skipped one was named.",
        "cbrctl vault show {vault} lists them."
    ),
    "unsettled": Message(
        "Whether an earlier run started a backup of this vault is not known yet: op {op}.",
        "Nothing was sent now. It is certain when 15 minutes have passed (a day where tasks may not be listed) and the service's "
        "lists are whole.",
        "Run it again later.",
    ),
    "vault-held": Message(
        "Another cbrctl is starting a backup of this vault.", "{who}", "Run it again when it has."
    ),
    "sent-again": Message("No trace of the backup was found: the request is sent once more.", "There may be two backups now."),
    "earlier-unseen": Message(
        "An earlier backup of this vault, meant the same, cannot be seen right now: op {op}.",
        "Whether it still runs is not known, and nothing was sent now.", "Run it again later; cbrctl resume {op} follows it.",
    ),
    "being-sent": Message(
        "Another cbrctl is sending this backup: whether it was started is not known yet.", "{who}",
        "cbrctl resume {op} looks again when that has ended.",
    ),
    "busy-not-certain": Message(
        "The service says that the vault is busy, but not whether with this very backup.",
        "The lists that would show it were not read whole, or not for ten seconds.",
        "cbrctl resume {op} looks again; so does the next run.",
    ),
    "refusal-not-certain": Message(
        "The request was refused for its token or key; whether it was carried out all the same is not known.",
        "The lists that would show it were not read whole, or not for ten seconds.",
        "cbrctl resume {op} looks again; so does the next run.",
    ),
    "too-many-posts": Message(
        "The vault is being backed up.", "It was asked {posts} times, as often as one run may.",
        "Run it again when that has ended; cbrctl task list shows what runs.",
    ),
    "not-accounted-for": Message(
        "The backup is not certainly whole: {good} done, and something that the service names cannot be read.", "",
        "cbrctl copy list and task list show what can be read; cbrctl wait {checkpoint} looks again.",
    ),
    "no-copy": Message(
        "The backup is not whole: {good} done, {failed} without a copy, {skipped} skipped.",
        "No copy of it is listed, and no task says that it failed: the service may have skipped it.",
        "cbrctl vault show {vault} shows the state of the vault; start a new backup.",
    ),
    "no-copy-untold": Message(
        "The backup is not certainly whole: {good} done, and {failed} without a copy.",
        "Tasks may not be read, which would tell whether that failed or was skipped.",
        "Let these credentials read tasks; cbrctl wait {checkpoint} looks again then.",
    ),
    "no-available-copy": Message(
        "{lacking} of {total} protected resources have no available copy.", "",
        "cbrctl backup {vaults} makes one; cbrctl task list --status failed shows what went wrong before.",
    ),
    "no-young-copy": Message(
        "{lacking} of {total} protected resources have no available copy of the last {age}.",
        "Older: {old}. None at all: {without}. Of unknown time: {undated}.",
        "cbrctl backup {vaults} makes one; cbrctl task list --status failed shows what went wrong before.",
    ),
    "not-consistent": Message(
        "The copy of {resource} is not consistent for applications.", "{note}", "Check the agent on the server."
    ),
    "task-disagrees": Message(
        "The copy of {resource} is available, but its task did not succeed.", "{note}",
        "Try a restore from it before you rely on it: cbrctl task list --vault {vault} shows the task.",
    ),
    "checkpoint-disagrees": Message(
        "Every copy is available, but the checkpoint itself says error.", "",
        "Try a restore before you rely on it: cbrctl checkpoint show {checkpoint} shows it.",
    ),
    "end-righted": Message(
        "It was recorded as {before}, and a new look says: {after}.", "", "cbrctl history has what is seen now."
    ),
    "end-kept": Message(
        "It was seen to end {outcome}, and that stays; the service shows it otherwise now.",
        "What was kept of it may have been deleted or damaged since.", "cbrctl copy list shows what there is.",
    ),
    "no-copy-seen": Message(
        "No copy of it could be seen: how it ended is the checkpoint's own word.",
        "These credentials may list neither copies nor tasks.", "Grant cbr:backups:list and cbr:tasks:list.",
    ),
    "end-not-seen": Message(
        "The backup has stopped, but how it ended cannot be seen.",
        "Its checkpoint says {status}, which does not tell of each resource; copies and tasks may not be listed.",
        "Grant cbr:backups:list and cbr:tasks:list; then cbrctl wait {checkpoint} tells.",
    ),
    "progress-not-seen": Message("How far each resource is cannot be seen: its tasks cannot be read.", "{why}", "{fix}"),
    "was-recorded": Message(
        "The backup is recorded as {outcome}.", "", "cbrctl resume {op} looks again; cbrctl history show {op} shows it."
    ),
    "interrupted-unknown": Message(
        "Stopped by {signal}. Whether the backup was started is not known.", "", "cbrctl resume {op} looks again."
    ),
    "query-failed": Message(
        "--query cannot be applied to this document, which is written whole.", "Something else stands where {note} looks.",
        "cbrctl schema shows what is in it."
    ),
    "list-not-whole": Message(
        "The service's list is not whole: {note}.", "What it does not show may be there.", "Run it again."
    ),
    "undated-copies": Message(
        "Some days of {count} resources are not known.", "The time of a copy, or of a task, cannot be read or lies ahead.",
        "cbrctl copy list and cbrctl task list show which; cbrctl doctor checks the clocks.",
    ),
    "page-not-written": Message(
        "The page was not written to {path}.", "{note}.", "Name a file in a folder that is there and that this user can write to."
    ),
    "journal-moved": Message(
        "The journal was moved, removed or replaced while it was in use: {path}.", "{note}",
        "See with cbrctl task list what runs, and put the file back where it was.",
    ),
    "still-unknown": Message(
        "Whether the backup was started is not known yet.",
        "It is certain when 15 minutes have passed (a day where tasks may not be listed) and the service's lists are whole.",
        "cbrctl resume {op} looks again.",
    ),
    "unmarked-unknown": Message(
        "Whether the backup was started is not known yet, and it carries no marker.",
        "When 15 minutes have passed it is either proved that none was started, or nobody can tell.",
        "cbrctl resume {op} looks again; cbrctl task list --vault {vault} shows what began.",
    ),
    "unknown-for-ever": Message(
        "Whether the backup was started cannot be found out any more.",
        "Backups of the vault began at that time; one of them may be it, but nothing that is left carries its marker.",
        "cbrctl task list --vault {vault} shows them.",
    ),
    "was-not-started": Message("The backup was never started.", "Nothing carries its marker.", "Start a new backup."),
    "unmarked-not-started": Message(
        "The backup was never started.", "No backup of the vault began at that time.", "Start a new backup."
    ),
    "was-refused": Message("The service had refused the backup.", "", "cbrctl history show {op} shows what was sent."),
    "bad-op-id": Message("{value} is no op id.", "It has 26 letters and digits.", "cbrctl history lists them."),
    "op-not-found": Message("This machine knows no backup {value}.", "", "cbrctl history lists them."),
    "op-of-another": Message(
        "The backup belongs to project {project} at {endpoint}.", "It was not looked at.",
        "Run it with those: --project-id {project} --endpoint {endpoint}",
    ),
    "key-of-another": Message(
        "The run key was used for another request to vault {vault}: op {op}.",
        "The same key means the same backup.", "Give another --run-key, or the options of before.",
    ),
    "other-parameters": Message(
        "The backup of this run key exists, made with other options.", "It is the result. {note}"
    ),
    "old-backup": Message(
        "The backup of this run key is more than a day old.", "{note}", "Is the key the same every time?"
    ),
    "contradicting-key": Message(
        "A run key (--run-key, CBRCTL_RUN_KEY) and --no-marker contradict each other.",
        "The marker is how the same key finds the same backup.",
        "Give one of them.",
    ),
    "journal-unusable": Message(
        "The journal cannot be kept: {path}. Nothing was sent.", "{note}",
        "Make room or the folder writable, or set CBRCTL_STATE_DIR to another one on a local disk.",
    ),
    "journal-damaged": Message(
        "The journal was damaged or is no journal. It was moved to {aside}. Nothing was sent.", "{note}",
        "See with cbrctl task list what runs, then run it again: a new journal is begun.",
    ),
    "journal-newer": Message(
        "The journal was written by a newer cbrctl: {path}. Nothing was sent.", "", "Use that version."
    ),
    "unsafe-file": Message(
        "{path} is not safe to use: {why}. Nothing was sent.", "cbrctl's own files are for you alone.", "{mend}"
    ),
    "metrics-not-written": Message(
        "The metrics were not written to {path}.", "{note}.",
        "Name a file in a folder that this user can write to; how the run ended is not changed by it.",
    ),
    "metrics-not-ours": Message(
        "No metrics were written: {path} holds something else than those of cbrctl {command}.", "It was left as it is.",
        "Name another file, or move that one away.",
    ),
    "metrics-damaged": Message(
        "{path} was damaged: {lines} of its lines could not be read.", "A last success that stood there is lost.",
        "Nothing is left to do: it was written anew.",
    ),
    "was-too-open": Message("{path} was tightened: {why}.", "", "Nothing is left to do."),
    "too-open": Message("{path} is too open: {why}.", "The next run tightens it.", "{mend}"),
    "home-of-another": Message(
        "The home folder {path} belongs to user {owner}, not to user {own}.", "Nothing was read or written there.",
        "Under sudo, use sudo -H; otherwise set HOME, or CBRCTL_CONFIG_DIR, CBRCTL_STATE_DIR and CBRCTL_CACHE_DIR.",
    ),
    "not-recorded": Message(
        "What became of the backup could not be recorded.", "{note}", "cbrctl doctor says what is wrong with the folder.",
    ),
    "wait-ran-out": Message(
        "The wait ended; the backup {course}.", "The --timeout is over.", "cbrctl wait {checkpoint} follows it further."
    ),
    "wait-saw-nothing": Message(
        "The wait ended before the checkpoint could be seen.", "The --timeout is over.", "cbrctl wait {checkpoint} looks again."
    ),
    "lost-while-following": Message(
        "The backup {course}, but the service has not answered for five minutes.", "{note}",
        "cbrctl wait {checkpoint} follows it further.",
    ),
    "throttled-while-following": Message(
        "The backup {course}, but the service has refused to be asked for five minutes.", "It limits the rate of requests.",
        "cbrctl wait {checkpoint} follows it further, a little later.",
    ),
    "barred-while-following": Message(
        "The backup {course}, but the service does not let you follow it any more.", "{why}",
        "{fix} cbrctl wait {checkpoint} follows it further.",
    ),
    "duplicate-checkpoint": Message(
        "Another checkpoint carries the marker of this backup: {other}.", "There are two where one was meant."
    ),
    "skipped-unknown": Message(
        "Whether the service skipped resources is not known.", "Only the answer to the request that started it says so."
    ),
    "interrupted-before": Message("Stopped by {signal}. Nothing was sent.", "", "Run it again."),
    "interrupted-following": Message(
        "Stopped by {signal}. The backup was sent and {course}.", "", "cbrctl wait {checkpoint} follows it."
    ),
    "interrupted-attached": Message(
        "Stopped by {signal}. The backup that was there already {course}.", "", "cbrctl wait {checkpoint} follows it."
    ),
    "interrupted": Message("Stopped by {signal}. Nothing was started.", "", "Run it again."),
    "stopped": Message("Stopped by {signal}.", "", "Run it again."),
}  # fmt: skip
