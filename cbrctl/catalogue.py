"""Every message of cbrctl: what happened, why, and what to do. `{…}` are the values of the error; all of it is translated.

Texts are plain and short, name the thing they speak of, and end with a command where one helps.
"""

from typing import NamedTuple


class Message(NamedTuple):
    """What happened, why, and what to do about it; the last two may be empty."""

    what: str
    why: str = ""
    fix: str = ""


_LIST = "cbrctl vault list shows them."
_TRY_AGAIN = "Run it again; check the network and the region if it stays so."

MESSAGES: dict[str, Message] = {
    "internal": Message(
        "Something went wrong inside cbrctl.", "This is a bug: {note}", "Please report it with the command you ran."
    ),
    # options and arguments
    "usage": Message("{problem}", "", "See {help}."),
    "no-such-option": Message("There is no option {option}.", "", "See {help}."),
    "no-such-option-near": Message("There is no option {option}.", "Did you mean {near}?", "See {help}."),
    "missing": Message("{what} is missing.", "", "See {help}."),
    "bad-option": Message("{option} is not usable as given.", "{reason}", "See {help}."),
    "option-before-command": Message(
        "{option} belongs after the subcommand.", "Only --help and --version stand before it.", "Write: {line}"
    ),
    "no-such-member": Message("{path} has no command {word}.", "It has: {known}.", "See {help}."),
    "empty-value": Message(
        "{option} was given an empty value.", "An unset shell variable looks like that.", "Give a value, or leave it out."
    ),
    "contradiction": Message("{first} and {second} contradict each other.", "", "Give one of them."),
    "not-built": Message("{option} is not available in this version.", "", "Leave it out."),
    "bad-value": Message("{option} cannot be {value}.", "{reason}", "See {help}."),
    "no-ids": Message("This command has no ids to print with -o id.", "", "Use -o table, json or jsonl."),
    "no-selection": Message(
        "Nothing was chosen to back up.", "", "Give --vault VAULT, --resource RESOURCE or both. " + _LIST
    ),
    "empty-stdin": Message("No vault was named on standard input.", "--vault - reads a vault a line, or JSON."),
    "bad-stdin": Message("Standard input is not a list of vaults.", "{note}", "Pipe `cbrctl vault list` into it."),
    "unknown-schema": Message("There is no schema {name}.", "", "Known: {known}."),
    "bad-id": Message("{value} is no {thing} id.", "An id is a UUID.", "Find it with {command}."),
    "bad-volume": Message("{value} does not name a volume.", "It is written RESOURCE:VOLUME_ID."),
    "bad-fault": Message("{note}"),
    "no-command": Message("No command to run was given.", "", "Write: cbrctl sandbox run -- COMMAND ..."),
    "command-not-started": Message("{command} could not be started.", "{note}"),
    "port-taken": Message("The practice cloud cannot listen on port {port}.", "{note}", "Take another --port, or 0."),
    "output-lost": Message(
        "The result could not be written to standard output.", "{note}", "What was done stays done: look before running it again."
    ),
    "not-text": Message("An argument is not text in UTF-8."),
    # the request
    "bad-name": Message(
        "The backup cannot be named {name}.", "A name has 1 to 64 letters, digits, Chinese characters, _ and -."
    ),
    "long-description": Message("The description has {length} characters.", "The service takes 255 at most."),
    "long-marked-description": Message(
        "The description has {length} characters.", "Beside a name it may have 219: a marker of 36 is appended.",
        "Shorten it, or give --no-marker.",
    ),
    "bad-description": Message("The description has a < or >.", "The service does not take them."),
    "bad-retention": Message("Copies cannot be kept for {days} days.", "It is 1 to 36500, or -1 for ever."),
    "retention-with-auto-trigger": Message(
        "--retention-days does not go with --auto-trigger.", "A policy decides how long its backups are kept."
    ),
    "policy-without-auto-trigger": Message("--policy-id needs --auto-trigger.", "Only automatic backups have a policy."),
    "too-many-resources": Message("{count} resources were named.", "A vault holds 256 at most."),
    "volume-of-unwanted-resource": Message(
        "A volume was chosen of {resource}, which is not backed up.", "", "Name it with --resource, or leave it out."
    ),
    # settings
    "no-region": Message("The region is not known.", "", "Give --region REGION or set CBRCTL_REGION."),
    "bad-region": Message("{region} is not the name of a region.", "", "A region looks like cn-north-4."),
    "no-project": Message("The project is not known.", "", "Give --project-id, or --region for its own project."),
    "bad-project-id": Message("{origin} holds no project id: {value}", "A project id has 32 hexadecimal digits."),
    "bad-endpoint": Message(
        "{origin} is no address of a service: {address}", "It is https:// and a host, without a path or a user."
    ),
    "plain-http": Message(
        "{origin} is not safe: {address}", "Plain http would show the token; it is for this machine only.", "Use https://."
    ),
    "no-ca-bundle": Message("{origin} names no file: {path}", "", "Set it to a file of certificates."),
    "profile-not-found": Message("There is no profile {profile}.", "Known: {known}."),
    "config-unreadable": Message("{path} cannot be read.", "{note}"),
    "config-broken": Message("{path} is not a configuration.", "{note}", "Mend or remove the file."),
    # credentials
    "no-credentials": Message(
        "There are no credentials.",
        "Neither a token nor an IAM user with a password was found.",
        "Set CBRCTL_USERNAME, CBRCTL_PASSWORD and CBRCTL_DOMAIN_NAME, or CBRCTL_TOKEN. To try without: --sandbox.",
    ),
    "incomplete-credentials": Message("{found} is set, but {missing} is not.", "", "Set {missing} as well."),
    "unsupported-credentials": Message(
        "{found} is set, but this version cannot use {thing}.", "",
        "Unset it, or use a token or an IAM user with a password.",
    ),
    "secret-unreadable": Message("{origin} names a file that cannot be read: {path}", "{note}"),
    "secret-writable": Message(
        "{origin} names a file that others can write: {path}", "They could put in a secret of theirs.", "chmod go-w {path}"
    ),
    "secret-readable": Message("Others can read {path}, which {origin} names.", "", "chmod go-r {path}"),
    "secret-empty": Message("{origin} names an empty file: {path}"),
    "secret-not-text": Message("{origin} names a file that holds no secret in text: {path}"),
    "bad-token": Message(
        "The token of {origin} cannot be sent.", "Character {position} is not allowed in a token.", "Copy it again, whole."
    ),
    "login-refused": Message(
        "IAM refused to log in.", "The user, the password, the account or the project is wrong, or the account is locked.",
        "Check them; cbrctl does not try again, since accounts lock.",
    ),
    "iam-no-answer": Message("IAM could not be reached.", "{note}", _TRY_AGAIN),
    "iam-bad-answer": Message("IAM answered something else than a token (status {status}).", "", "Check --iam-endpoint."),
    "unscoped-token": Message(
        "The token is for no project.", "CBR needs one.", "Get a token for a project, or set CBRCTL_PROJECT_ID."
    ),
    # names
    "vault-not-found": Message("There is no vault {vault}.", "", _LIST),
    "vault-not-found-near": Message("There is no vault {vault}.", "Similar: {near}.", _LIST),
    "vault-ambiguous": Message("Several vaults are named {vault}.", "Their ids: {ids}.", "Give the id."),
    "vault-without-resource": Message(
        "No resource was named of vault {vault}.", "With --resource, each vault needs one.", "Name one, or drop the vault."
    ),
    "resource-not-in-vault": Message(
        "{resource} is not in vault {vault}.", "", "cbrctl vault show {vault} lists what is."
    ),
    "resource-in-no-vault": Message("{resource} is in none of the vaults.", "", "cbrctl vault show lists what is in one."),
    "resource-in-several-vaults": Message("{resource} is in several of the vaults.", "", "Run them one by one."),
    "resource-ambiguous": Message("{resource} names several things.", "They are: {ids}.", "Give ids, or the --vault."),
    "resource-not-protected": Message(
        "No vault protects {resource}.", "", "Bind it to a vault first; cbrctl vault list shows the vaults."
    ),
    # what the service said
    "service-auth": Message("The service did not let you in.", "{why}", "{fix}"),
    "service-busy": Message("The vault is being backed up.", "{why} {who}", "{fix}"),
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
    "no-answer": Message("The service could not be reached.", "{note}", _TRY_AGAIN),
    "bad-answer": Message("The answer was not one of CBR (status {status}).", "{note}", _TRY_AGAIN),
    "post-not-sent": Message("The service could not be reached. Nothing was sent.", "{note}", _TRY_AGAIN),
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
        "The backup ended without a copy.", "Neither a resource nor a skipped one was named.", "cbrctl vault show lists them."
    ),
    "unsettled": Message(
        "Whether an earlier run started a backup of this vault is not known yet: op {op}.",
        "Nothing was sent now. 15 minutes after it was sent that is settled.", "Run it again later.",
    ),
    "vault-held": Message(
        "Another cbrctl is starting a backup of this vault.", "{who}", "Run it again when it has."
    ),
    "sent-again": Message("No trace of the backup was found: the request is sent once more.", "There may be two backups now."),
    "still-unknown": Message(
        "Whether the backup was started is not known yet.", "15 minutes after it was sent that is settled.",
        "cbrctl resume {op} looks again.",
    ),
    "was-not-started": Message("The backup was never started.", "Nothing carries its marker.", "Start a new backup."),
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
        "The backup of this run key exists, made with other options.", "It is the result; nothing was sent."
    ),
    "old-backup": Message(
        "The backup of this run key is more than a day old.", "Nothing was sent.", "Is the key the same every time?"
    ),
    "contradicting-key": Message(
        "A run key (--run-key, CBRCTL_RUN_KEY) and --no-marker contradict each other.",
        "The marker is how the same key finds the same backup.", "",
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
    "not-recorded": Message("What became of the backup could not be recorded.", "{note}"),
    "wait-ran-out": Message(
        "The wait ended; the backup goes on.", "The --timeout is over.", "cbrctl wait {checkpoint} follows it further."
    ),
    "wait-saw-nothing": Message(
        "The wait ended before the checkpoint could be seen.", "The --timeout is over.", "cbrctl wait {checkpoint} looks again."
    ),
    "lost-while-following": Message(
        "The backup goes on, but the service has not answered for five minutes.", "{note}",
        "cbrctl wait {checkpoint} follows it further.",
    ),
    "throttled-while-following": Message(
        "The backup goes on, but the service has refused to be asked for five minutes.", "It limits the rate of requests.",
        "cbrctl wait {checkpoint} follows it further, a little later.",
    ),
    "barred-while-following": Message(
        "The backup goes on, but the service does not let you follow it any more.", "{why}",
        "{fix} cbrctl wait {checkpoint} follows it further.",
    ),
    "duplicate-checkpoint": Message(
        "Another checkpoint carries the marker of this backup: {other}.", "The older one is taken for the result."
    ),
    "skipped-unknown": Message(
        "Whether the service skipped resources is not known.", "Only the answer to the request that started it says so."
    ),
    "checkpoint-not-found": Message("There is no checkpoint {checkpoint}.", "", "cbrctl copy list names those of copies."),
    "interrupted-before": Message("Stopped by {signal}. Nothing was sent."),
    "interrupted-following": Message(
        "Stopped by {signal}. The backup was sent and goes on.", "", "cbrctl wait {checkpoint} follows it."
    ),
    "interrupted": Message("Stopped by {signal}. Nothing was started."),
}  # fmt: skip
