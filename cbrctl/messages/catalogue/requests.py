"""Options, arguments, and the backup that was asked for."""

from cbrctl.messages.catalogue.message import LIST, Message

MESSAGES: dict[str, Message] = {
    "internal": Message(
        "Something went wrong inside cbrctl.", "This is a bug: {note}", "Please report it with the command you ran."
    ),
    # options and arguments
    "usage": Message("{problem}", "", "See {help}."),
    "no-such-option": Message("There is no option {option}.", "", "See {help}."),
    "no-such-option-near": Message("There is no option {option}.", "Did you mean {near}?", "See {help}."),
    "no-member": Message("A command is missing.", "", "See cbrctl --help."),
    "secret-option": Message(
        "There is no option {option}.", "A secret is never an option: others can see the arguments of a program.",
        "Use cbrctl auth login, or a variable or file: cbrctl auth status --help.",
    ),
    "missing": Message("{what} is missing.", "", "See {help}."),
    "no-shell": Message("SHELL is missing.", "", "See {help}."),
    "bad-option": Message("{option} is not usable as given.", "{reason}", "See {help}."),
    "option-before-command": Message(
        "{option} belongs after the subcommand.", "Only --help and --version stand before it.", "Write: {line}"
    ),
    "option-as-value": Message(
        "{option} is followed by {value}, which looks like an option. Nothing was sent.",
        "An unset variable in its place leaves such a line.", "If it is meant, write {long}={value}.",
    ),
    "command-meant": Message("There is no command {word}.", "", "Write: {line}"),
    "argument-meant": Message("{word} belongs behind an option.", "", "Write: {line}"),
    "no-such-member": Message("{path} has no command {word}.", "It has: {known}.", "See {help}."),
    "empty-value": Message(
        "{option} was given an empty value.", "An unset shell variable looks like that.", "Give a value, or leave it out."
    ),
    "contradiction": Message("{first} and {second} contradict each other.", "", "Give one of them."),
    "bad-value": Message("{option} cannot be {value}.", "{reason}", "See {help}."),
    "no-ids": Message("This command has no ids to print with -o id.", "", "Use -o table, json or jsonl."),
    "no-selection": Message(
        "Nothing was chosen: no vault and no resource.", "",
        "Give --vault VAULT, --resource RESOURCE, --tag KEY=VALUE or --all-vaults. " + LIST
    ),
    "no-selection-yet": Message(
        "Nothing was chosen, no vault and no resource, and the region is not known.", "",
        "cbrctl config init asks for region, login and a default vault; or give --vault VAULT and --region REGION. "
        "To try without: --sandbox --vault vault-be94.",
    ),
    "not-set-up": Message(
        "The region is not known, and there are no credentials.", "",
        "cbrctl config init asks for both; or give --region REGION and set CBRCTL_USERNAME, CBRCTL_PASSWORD and "
        "CBRCTL_DOMAIN_NAME. To try without: --sandbox.",
    ),
    "empty-selection": Message(
        "No vault is left of the selection.", "{note}", "cbrctl vault list shows them with their tags (-o json)."
    ),
    "exclude-alone": Message(
        "--exclude takes a vault out of --all-vaults or --tag.", "", "Give one of them, or leave it out."
    ),
    "bad-tag": Message(
        "{value} is no tag.", "A tag is KEY=VALUE, both of them given.", "Write it as --tag environment=production."
    ),
    "tag-twice": Message(
        "A tag was given with two values.", "No vault has both.", "Run it once for each value."
    ),
    "too-many-tags": Message("More than {most} tags were given.", "The service takes no more.", "Give fewer."),
    "bad-shard": Message(
        "{value} is no shard.", "It is I/N with 0 <= I < N <= {most}.", "The first of four is --shard 0/4."
    ),
    "replication-left-out": Message(
        "Left out, since replication vaults cannot be backed up: {vaults}.", "", "Leave them out (--exclude) to hear no more of it."
    ),
    "nothing-protected": Message(
        "No resource is protected there: {vaults}.", "There is nothing to be backed up or checked.",
        "Bind resources to a vault, or leave it out; cbrctl vault list counts them.",
    ),
    "empty-stdin": Message(
        "No vault was named on standard input.", "--vault - reads a vault a line, or JSON.",
        "Pipe `cbrctl vault list` into it.",
    ),
    "bad-stdin": Message("Standard input is not a list of vaults.", "{note}", "Pipe `cbrctl vault list` into it."),
    "unknown-schema": Message("There is no schema {name}.", "", "Known: {known}."),
    "unknown-code": Message("There is no explanation of {value}.", "", "cbrctl explain lists them all."),
    "unknown-code-near": Message(
        "There is no explanation of {value}.", "Did you mean one of these: {near}?", "cbrctl explain lists them all."
    ),
    "bad-id": Message("{value} is no {thing} id.", "An id is a UUID.", "Find it with {command}."),
    "bad-volume": Message(
        "{value} does not name a volume.", "It is written RESOURCE:VOLUME_ID.",
        "Write it so; the console shows the ids of volumes.",
    ),
    "bad-fault": Message("{note}", "", "See cbrctl sandbox serve --help."),
    "no-command": Message("No command to run was given.", "", "Write: cbrctl sandbox run -- COMMAND ..."),
    "command-not-started": Message("{command} could not be started.", "{note}", "Check its name, and that it may be executed."),
    "port-taken": Message("The practice cloud cannot listen on port {port}.", "{note}", "Take another --port, or 0."),
    "output-lost": Message(
        "The result could not be written to standard output.", "{note}", "What was done stays done: look before running it again."
    ),
    "not-text": Message("An argument is not text in UTF-8.", "", "Write it in UTF-8, or give an id in place of a name."),
    # the request
    "bad-name": Message(
        "The backup cannot be named {name}.", "A name has 1 to 64 letters, digits, Chinese characters, _ and -.",
        "Give another --name.",
    ),
    "long-description": Message("The description has {length} characters.", "The service takes 255 at most.", "Shorten it."),
    "long-marked-description": Message(
        "The description has {length} characters.", "Beside a name it may have 214: a marker of 41 is appended.",
        "Shorten it, or give --no-marker.",
    ),
    "bad-key": Message(
        "The run key has blanks at its ends, or control characters.", "They are not seen, and would make it another key.",
        "Give it without them: --run-key, CBRCTL_RUN_KEY.",
    ),
    "bad-description": Message("The description has a < or >.", "The service does not take them.", "Leave them out."),
    "bad-retention": Message(
        "Copies cannot be kept for {days} days.", "It is 1 to 36500, or -1 for ever.", "Give one of these numbers.",
    ),
    "retention-with-auto-trigger": Message(
        "--retention-days does not go with --auto-trigger.", "A policy decides how long its backups are kept.",
        "Leave one of them out.",
    ),
    "policy-without-auto-trigger": Message(
        "--policy-id needs --auto-trigger.", "Only automatic backups have a policy.",
        "Give --auto-trigger as well, or leave --policy-id out.",
    ),
    "too-many-resources": Message(
        "{count} resources were named.", "A vault holds 256 at most.",
        "Name fewer; without --resource the whole vault is backed up.",
    ),
    "volume-of-unwanted-resource": Message(
        "A volume was chosen of {resource}, which is not backed up.", "", "Name it with --resource, or leave it out."
    ),
    # names
    "vault-not-found": Message("There is no vault {vault}.", "{note}", LIST),
    "vault-not-found-near": Message("There is no vault {vault}.", "Similar: {near}. {note}", LIST),
    "vault-ambiguous": Message("Several vaults are named {vault}.", "Their ids: {ids}.", "Give the id."),
    "vault-without-resource": Message(
        "No resource was named of vault {vault}.", "With --resource, each vault needs one.", "Name one, or drop the vault."
    ),
    "resource-not-in-vault": Message(
        "{resource} is not in vault {vault}.", "{note}", "cbrctl vault show {vault} lists what is."
    ),
    "resource-in-no-vault": Message("{resource} is in none of the vaults.", "", "cbrctl vault show lists what is in one."),
    "resource-in-several-vaults": Message("{resource} is in several of the vaults.", "", "Run them one by one."),
    "resource-ambiguous": Message("{resource} names several things.", "They are: {ids}.", "Give ids, or the --vault."),
    "resource-not-protected": Message(
        "No vault protects {resource}.", "{note}", "Bind it to a vault first; cbrctl vault list shows the vaults."
    ),
}  # fmt: skip
