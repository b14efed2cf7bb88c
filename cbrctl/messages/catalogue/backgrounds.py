"""What `cbrctl explain` says beyond the message itself: what is behind it, what follows from it, whether to run again."""

KINDS: dict[str, str] = {
    "ok": (
        "Each backup is complete, or ended as it was asked to: accepted with --no-wait, planned with --dry-run, left out "
        "with --if-busy skip. Of check: every protected resource has a good copy."
    ),
    "internal": (
        "This is a bug of cbrctl. What it had sent before stands in cbrctl history, and cbrctl resume follows it. Running "
        "it again seldom helps; with -v the place in the program is shown."
    ),
    "usage": (
        "Nothing was sent. The command line, a variable or the configuration has to be corrected first: running it again "
        "as it is ends the same."
    ),
    "partial": (
        "Some resources have a copy and can be restored, others were skipped or failed. The service skips what it cannot "
        "back up, each with a code that cbrctl explain knows; with --on-skip ignore these do not count. Of check: some "
        "resources have no good copy. Running it again without a change ends the same, and with the same --run-key starts "
        "nothing: that takes a new key."
    ),
    "failed": (
        "No resource has a good copy of this run: the service says that all of them failed or were skipped. A new run is "
        "a new backup. With the same --run-key it stays the same, failed backup. Of check: no resource has a good copy."
    ),
    "pending": (
        "The backup was started and goes on: --timeout ends the waiting, never the backup, and nothing can cancel it. "
        "cbrctl wait or cbrctl resume follows it further and says how it ends."
    ),
    "unknown": (
        "The request left this machine, and no answer tells what became of it. cbrctl never sends it a second time by "
        "itself: it looks for the backup by its marker. 15 minutes after sending it is certain, where the service's lists "
        "are whole. Run the same command again: it settles this first."
    ),
    "unreachable": (
        "Nothing was sent, or the service was lost while a backup was followed; the error says which. A backup that was "
        "started goes on. Running it again is safe."
    ),
    "throttled": (
        "The gateway limits how many requests it takes in a time. cbrctl has waited several times already. Run it again "
        "some minutes later, with fewer commands at the same time."
    ),
    "not-found": (
        "Names and ids count within one region and one project: the wrong region is the usual reason. Where a name fits "
        "several things they are listed, and an id decides."
    ),
    "busy": (
        "No backup was started. A vault is backed up by one run at a time. --if-busy wait waits by reading, attach "
        "follows the running backup where it covers what is wanted, skip does without."
    ),
    "auth": (
        "Nothing was started. A wrong password is never tried again by itself, since accounts lock. Where the credentials "
        "are right and something is not allowed, the permission is missing: CBR names it like cbr:checkpoints:create."
    ),
    "capacity": (
        "No backup was started, and until there is room each run ends the same. Copies that expire make room by "
        "themselves; a vault can also be enlarged in the console, or enlarge itself where it is set to."
    ),
    "refused": (
        "No backup was started. The service took the request and said no, or it answered against its own contract. The "
        "error's code says why. Running it again without a change ends the same."
    ),
    "local-state": (
        "Nothing was sent: what cannot be recorded on this machine is not started, so that it is never started twice. It "
        "is about a file, a folder, a full disk or the keyring."
    ),
    "signal": (
        "The exit code is 128 and the signal's number: 129 for SIGHUP, 130 for SIGINT (Ctrl-C), 143 for SIGTERM. A backup "
        "that was started goes on, and the message says so."
    ),
}
"""Of each exit code, by its name."""

OUTCOMES: dict[str, tuple[str, str]] = {
    "completed": (
        "The backup is complete.",
        "Every wanted resource has an available copy. It is said only where everything that the command, the answer, "
        "the vault or the lists name is accounted for.",
    ),
    "accepted": (
        "The service has accepted the backup.",
        "With --no-wait nobody follows it: how it ends is not known yet. cbrctl wait or cbrctl resume tells.",
    ),
    "skipped": (
        "No backup was started, as it was asked.",
        "The vault was being backed up, and --if-busy skip does without.",
    ),
    "planned": (
        "The request was shown and not sent.",
        "--dry-run sends nothing that starts a backup.",
    ),
    "refused": (
        "The service refused, and no backup was started.",
        "The exit code says of which kind that is: 10 not found, 11 busy, 13 full, 14 another reason.",
    ),
    "error": (
        "It ended before a backup was started.",
        "The exit code says of which kind the error is; cbrctl explain exit N tells more of it.",
    ),
}
"""Of each outcome that is no name of an exit code: what it is, and what is behind it."""

MESSAGES: dict[str, str] = {
    "option-as-value": (
        "A shell that knows no such variable puts nothing in its place, and the option that follows becomes the value. "
        'Quote it (--name "$NAME"): then an empty value is seen as one.'
    ),
    "empty-value": (
        "An empty value could mean all, nothing or a mistake. cbrctl does not guess, since a backup costs money and "
        "cannot be cancelled."
    ),
    "secret-option": (
        "Every user of a machine can list the arguments of its programs, and shells keep them in a history."
    ),
    "contradicting-key": (
        "Without its marker a backup is one among many. With a run key it has to be found again: on another machine, "
        "after a lost answer, the next day."
    ),
    "key-of-another": (
        "A run key stands for one intended backup. Two different requests under one key are most often a key that does "
        "not change from night to night."
    ),
    "old-backup": (
        "A key that is the same every night attaches to the first night's backup for ever, and nothing new is backed up. "
        'Put the date into it: --run-key "nightly-$(date +%F)".'
    ),
    "no-region": "Each region has its own CBR. A default stands in the profile: cbrctl config set region cn-north-4.",
    "no-project": "A region has at least one project, of the same name. Its id is asked from IAM unless it is given.",
    "plain-http": "Over plain http everybody on the way could read the token and use it.",
    "no-neighbour": (
        "A token is good for all services of its cloud. cbrctl sends it only to the CBR beside the IAM that gave it, "
        "unless an address is given."
    ),
    "no-credentials": (
        "The first place that names any part of a set is used: CBRCTL_ variables, the chosen profile, the variables of "
        "other clients, clouds.yaml, the profile default, the vendor's file. cbrctl auth status shows what was found."
    ),
    "incomplete-credentials": (
        "Credentials come as one set from one place and are never put together from several: half a set would otherwise "
        "log in as somebody else."
    ),
    "login-refused": (
        "After some wrong passwords IAM locks the user for a while, so there is no second try. A HUAWEI ID cannot be "
        "used: create an IAM user. The account (domain) is the one that owns the user."
    ),
    "passcode-needed": (
        "A user with login protection gives six digits with each login. They serve one login; its token serves the day."
    ),
    "unscoped-token": "A token is for one project or for a whole account. CBR takes those for a project.",
    "secret-writable": (
        "Who can write the file can put in credentials of their own, and the backup would be started in their account."
    ),
    "no-keyring": (
        "A desktop keeps secrets in Secret Service, the macOS Keychain or the Windows Credential Manager. Cron, "
        "containers and servers have none of these. Write the file with an editor, after umask 077: then it is for you alone, "
        "and the secret is not in the shell's history."
    ),
    "keyring-locked": "A keyring opens when its user logs in to the desktop. In cron and over ssh nobody does that.",
    "region-mistyped": "There may be regions that this version does not list, so the address of one was tried first.",
    "host-unknown": "A region that does not exist has no address, so a mistyped one shows here first.",
    "tls-failed": (
        "Somebody on the way, often a company's proxy, answers with a certificate that is not trusted here. A secret is "
        "not sent there."
    ),
    "clock-wrong": (
        "A signature carries the time. The service refuses those that are too old, since they may be somebody's copy."
    ),
    "home-of-another": "Files that root writes in a user's home cannot be read by that user afterwards.",
    "unsafe-file": "Who can replace cbrctl's journal or tokens could have backups started twice, or use the tokens.",
    "journal-unusable": (
        "Each backup is recorded before it is sent. Where that fails nothing is sent, since a lost answer could not be "
        "told from a backup that was never started."
    ),
    "journal-damaged": (
        "The damaged file was kept aside and not deleted. With --run-key a backup is found again without it."
    ),
    "journal-newer": "An older version could misread what the newer one recorded, and send a backup twice.",
    "vault-held": "Two runs of this machine never start a backup of the same vault at the same time.",
    "no-answer": "cbrctl has tried several times. What was read only can be read again without harm.",
    "post-not-sent": (
        "The connection did not come about, so the service cannot have seen the request. Running it again is safe."
    ),
    "list-not-whole": (
        "A list is whole only where every row that its count promises was read. What a list does not show may be there, "
        "so nothing is concluded from it."
    ),
    "unsettled": (
        "An earlier run was interrupted or got no answer. A new backup now could be the second one of the same night."
    ),
    "checkpoint-deleted": (
        "That is said only of the service's own word, over a minute at least, while neither copies nor tasks show "
        "anything alive."
    ),
    "not-accounted-for": (
        "Complete is said only of what is accounted for: a row that cannot be read may be the one that failed."
    ),
    "no-available-copy": "Copies that are still being made or are damaged do not count.",
    "no-young-copy": (
        "The age counts from when the data was protected, by the service's clock. A copy that is too old shows most often "
        "that the nightly run does not run."
    ),
    "unknown-for-ever": (
        "A marker is gone with the backup that carried it, and without one several backups of that time look alike. "
        "Whoever knows the vault can tell by their times and names."
    ),
    "output-lost": (
        "The disk is full or the reader broke off. A backup that was started goes on: cbrctl history lists it."
    ),
}
"""Of messages of this program, by their key: those that have something behind them which two lines do not hold."""

SAME: dict[str, str] = {
    "internal": "internal",
    "not-set-up": "no-credentials",
    "backup-partial": "partial",
    "no-copy": "partial",
    "backup-failed": "failed",
    "all-skipped": "failed",
    "nothing-backed-up": "failed",
    "all-skipped-busy": "busy",
    "busy-with-known": "busy",
    "busy-with-less": "busy",
    "too-many-posts": "busy",
    "wait-ran-out": "pending",
    "wait-saw-nothing": "pending",
    "lost-while-following": "unreachable",
    "throttled-while-following": "throttled",
    "barred-while-following": "auth",
    "post-unanswered": "unknown",
    "post-answer-unclear": "unknown",
    "post-wrong-thing": "unknown",
    "being-sent": "unknown",
    "busy-not-certain": "unknown",
    "refusal-not-certain": "unknown",
    "earlier-unseen": "unknown",
    "still-unknown": "unknown",
    "unmarked-unknown": "unknown",
    "interrupted-unknown": "unknown",
    "interrupted-following": "signal",
    "interrupted-attached": "signal",
    "vault-not-found": "not-found",
    "vault-not-found-near": "not-found",
    "resource-not-in-vault": "not-found",
    "resource-in-no-vault": "not-found",
}
"""Messages that say in their case what a whole kind means."""
