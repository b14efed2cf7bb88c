# fish completion of cbrctl 0.1.0
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# It starts no program while you type.

# Options with a value.
set -g __cbrctl_valued --access-key --checkpoint --color --days --description --domain-id --domain-name --endpoint --enterprise-project-id --exclude --exclude-volume --fault --html --iam-endpoint --if-busy --include-volume --lang --limit --max-age --method --metrics-file --name --on-skip --on-unknown --output --parallel --policy-id --poll-interval --port --profile --project-id --region --resource --retention-days --run-key --settle --shard --since --status --tag --timeout --type --user-id --username --vault -V -o -r

# Whether the words after cbrctl are these and no more.
function __cbrctl_is
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and __cbrctl_in $argv
end

# Whether the words after cbrctl begin with these, none is `--`, and no value like `-` is being written.
function __cbrctl_in
    set -l words (commandline -opc)
    contains -- -- $words; and return 1
    contains -- $words[-1] $__cbrctl_valued; and string match -q -- '-*' (commandline -ct); and return 1
    set -l last (math (count $argv) + 1)
    test (count $argv) -eq 0; or test "$words[2..$last]" = "$argv"
end

# Whether one of these words was given.
function __cbrctl_given
    for word in (commandline -opc)
        contains -- $word $argv; and return 0
    end
    return 1
end

# Complete the command line of another program, after `--`.
function __cbrctl_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c cbrctl -f

# Display options
function __cbrctl_display
    __cbrctl_in backup
    or __cbrctl_in wait
    or __cbrctl_in resume
    or __cbrctl_in check
    or __cbrctl_in report
    or __cbrctl_in history
    or __cbrctl_in history show
    or __cbrctl_in vault list
    or __cbrctl_in vault show
    or __cbrctl_in checkpoint show
    or __cbrctl_in copy list
    or __cbrctl_in copy show
    or __cbrctl_in task list
    or __cbrctl_in task show
    or __cbrctl_in config init
    or __cbrctl_in config list
    or __cbrctl_in config get
    or __cbrctl_in config set
    or __cbrctl_in config unset
    or __cbrctl_in config path
    or __cbrctl_in auth login
    or __cbrctl_in auth logout
    or __cbrctl_in auth status
    or __cbrctl_in doctor
    or __cbrctl_in explain
    or __cbrctl_in sandbox serve
    or __cbrctl_in sandbox run
    or __cbrctl_in completion
    or __cbrctl_in schema
    or __cbrctl_in options
end
complete -c cbrctl -n '__cbrctl_display' -s o -l output -x -a 'table json jsonl id' -d 'table (default), json, jsonl or id. CBRCTL_OUTPUT'
complete -c cbrctl -n '__cbrctl_display' -s q -l quiet -d 'Nothing on standard error while all is well; -qq: nothing at all.'
complete -c cbrctl -n '__cbrctl_display' -s v -l verbose -d 'Show each request on standard error.'
complete -c cbrctl -n '__cbrctl_display' -l color -x -a 'auto always never' -d 'auto (default), always or never.'
complete -c cbrctl -n '__cbrctl_display' -l lang -x -a 'en zh_CN' -d 'en or zh_CN: of what people read; otherwise by the locale. CBRCTL_LANG'
complete -c cbrctl -n '__cbrctl_display' -s h -l help -d 'Show this message and exit.'

# Connection options
function __cbrctl_connection
    __cbrctl_in backup
    or __cbrctl_in wait
    or __cbrctl_in resume
    or __cbrctl_in check
    or __cbrctl_in report
    or __cbrctl_in vault list
    or __cbrctl_in vault show
    or __cbrctl_in checkpoint show
    or __cbrctl_in copy list
    or __cbrctl_in copy show
    or __cbrctl_in task list
    or __cbrctl_in task show
    or __cbrctl_in auth status
    or __cbrctl_in doctor
end
complete -c cbrctl -n '__cbrctl_connection' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'
complete -c cbrctl -n '__cbrctl_connection' -l region -x -d 'Region, like cn-north-4. CBRCTL_REGION'
complete -c cbrctl -n '__cbrctl_connection' -l project-id -x -d 'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_connection' -l endpoint -x -d 'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT'
complete -c cbrctl -n '__cbrctl_connection' -l iam-endpoint -x -d 'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT'
complete -c cbrctl -n '__cbrctl_connection' -l enterprise-project-id -x -d 'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_connection' -l no-cache -d 'Log in anew: no token is kept, and no kept one used.'
complete -c cbrctl -n '__cbrctl_connection' -l sandbox -d 'Run against a practice cloud in this process: no account, no network, no files.'

# cbrctl
complete -c cbrctl -n '__cbrctl_is' -a 'backup' -d 'Start a backup of one or many vaults and follow it to its end.'
complete -c cbrctl -n '__cbrctl_is' -a 'wait' -d 'Follow checkpoints that were already started, by anyone, all at once.'
complete -c cbrctl -n '__cbrctl_is' -a 'resume' -d 'Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.'
complete -c cbrctl -n '__cbrctl_is' -a 'check' -d 'Check that every protected resource has a good copy, for monitoring.'
complete -c cbrctl -n '__cbrctl_is' -a 'report' -d 'Show which resource has a good copy of which day, as a calendar.'
complete -c cbrctl -n '__cbrctl_is' -a 'history' -d 'List what this machine submitted, and how each ended.'
complete -c cbrctl -n '__cbrctl_is' -a 'vault' -d 'Vaults: where backups are kept.'
complete -c cbrctl -n '__cbrctl_is' -a 'checkpoint' -d 'Checkpoints: what one backup request made.'
complete -c cbrctl -n '__cbrctl_is' -a 'copy' -d 'Recovery copies of resources.'
complete -c cbrctl -n '__cbrctl_is' -a 'task' -d 'Operation logs of the service.'
complete -c cbrctl -n '__cbrctl_is' -a 'config' -d 'Profiles: settings that need not be given each time.'
complete -c cbrctl -n '__cbrctl_is' -a 'auth' -d 'Credentials: store, check and remove them.'
complete -c cbrctl -n '__cbrctl_is' -a 'doctor' -d 'Check configuration, credentials, network, clock and files; say what mends each.'
complete -c cbrctl -n '__cbrctl_is' -a 'explain' -d 'Explain an error code, an exit code or an outcome, and what to do.'
complete -c cbrctl -n '__cbrctl_is' -a 'sandbox' -d 'The practice cloud: a CBR and an IAM on this machine, to try and to test with.'
complete -c cbrctl -n '__cbrctl_is' -a 'completion' -d 'Print the completion script of a shell.'
complete -c cbrctl -n '__cbrctl_is' -a 'schema' -d 'Print the JSON Schema of an output document, or the names.'
complete -c cbrctl -n '__cbrctl_is' -a 'options' -d 'Explain the common options.'
complete -c cbrctl -n '__cbrctl_is' -l version -d 'Print the version.'
complete -c cbrctl -n '__cbrctl_is' -s h -l help -d 'Show this message and exit.'

# cbrctl history
complete -c cbrctl -n '__cbrctl_is history' -a 'show' -d 'Show one backup that this machine submitted, with its request.'

# cbrctl vault
complete -c cbrctl -n '__cbrctl_is vault' -a 'list' -d 'List vaults, with size, used, status and resources.'
complete -c cbrctl -n '__cbrctl_is vault' -a 'show' -d 'Show one vault and what it protects.'
complete -c cbrctl -n '__cbrctl_is vault' -s h -l help -d 'Show this message and exit.'

# cbrctl checkpoint
complete -c cbrctl -n '__cbrctl_is checkpoint' -a 'show' -d 'Show one restore point, and how far each resource is.'
complete -c cbrctl -n '__cbrctl_is checkpoint' -s h -l help -d 'Show this message and exit.'

# cbrctl copy
complete -c cbrctl -n '__cbrctl_is copy' -a 'list' -d 'List recovery copies (the API calls them backups).'
complete -c cbrctl -n '__cbrctl_is copy' -a 'show' -d 'Show one recovery copy.'
complete -c cbrctl -n '__cbrctl_is copy' -s h -l help -d 'Show this message and exit.'

# cbrctl task
complete -c cbrctl -n '__cbrctl_is task' -a 'list' -d 'List operation logs: what ran, how far, with which error.'
complete -c cbrctl -n '__cbrctl_is task' -a 'show' -d 'Show one operation log.'
complete -c cbrctl -n '__cbrctl_is task' -s h -l help -d 'Show this message and exit.'

# cbrctl config
complete -c cbrctl -n '__cbrctl_is config' -a 'init' -d 'Write a first configuration that explains every setting.'
complete -c cbrctl -n '__cbrctl_is config' -a 'list' -d 'List each setting and where it came from.'
complete -c cbrctl -n '__cbrctl_is config' -a 'get' -d 'Print the value of one setting that is in force.'
complete -c cbrctl -n '__cbrctl_is config' -a 'set' -d 'Write a setting into a profile.'
complete -c cbrctl -n '__cbrctl_is config' -a 'unset' -d 'Take a setting out of a profile.'
complete -c cbrctl -n '__cbrctl_is config' -a 'path' -d 'Print where the configuration is.'
complete -c cbrctl -n '__cbrctl_is config' -s h -l help -d 'Show this message and exit.'

# cbrctl auth
complete -c cbrctl -n '__cbrctl_is auth' -a 'login' -d 'Verify credentials and keep them for a profile.'
complete -c cbrctl -n '__cbrctl_is auth' -a 'logout' -d 'Remove what was kept for a profile.'
complete -c cbrctl -n '__cbrctl_is auth' -a 'status' -d 'Show the credentials there are, and where they come from.'
complete -c cbrctl -n '__cbrctl_is auth' -s h -l help -d 'Show this message and exit.'

# cbrctl sandbox
complete -c cbrctl -n '__cbrctl_is sandbox' -a 'serve' -d 'Serve the practice cloud until a signal.'
complete -c cbrctl -n '__cbrctl_is sandbox' -a 'run' -d 'Run a command with the practice cloud\'s variables set.'
complete -c cbrctl -n '__cbrctl_is sandbox' -s h -l help -d 'Show this message and exit.'

# cbrctl backup
complete -c cbrctl -n '__cbrctl_in backup' -s V -l vault -x -d 'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.'
complete -c cbrctl -n '__cbrctl_in backup' -s r -l resource -x -d 'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.'
complete -c cbrctl -n '__cbrctl_in backup' -l all-vaults -d 'Every vault of the project.'
complete -c cbrctl -n '__cbrctl_in backup' -l tag -x -d 'Every vault with this tag; repeat: with all.'
complete -c cbrctl -n '__cbrctl_in backup' -l exclude -x -d 'Of --all-vaults or --tag without this one; repeatable.'
complete -c cbrctl -n '__cbrctl_in backup' -l shard -x -d 'Only share I of N of the selection, from 0.'
complete -c cbrctl -n '__cbrctl_in backup' -l exclude-volume -x -d 'Leave out this volume; repeatable.'
complete -c cbrctl -n '__cbrctl_in backup' -l include-volume -x -d 'Only this volume of it; repeatable.'
complete -c cbrctl -n '__cbrctl_in backup' -l incremental -d 'Only what changed since the last one.'
complete -c cbrctl -n '__cbrctl_in backup' -l full -d 'All of it. With neither, the service decides.'
complete -c cbrctl -n '__cbrctl_in backup' -l name -x -d 'Name of the backup (default cbrctl-OPID). With one, a backup that failed at once is harder to find again.'
complete -c cbrctl -n '__cbrctl_in backup' -l description -x -d 'Description of the backup.'
complete -c cbrctl -n '__cbrctl_in backup' -l auto-trigger -d 'Mark it as an automatic backup.'
complete -c cbrctl -n '__cbrctl_in backup' -l no-auto-trigger -d 'Mark it as a manual one.'
complete -c cbrctl -n '__cbrctl_in backup' -l retention-days -x -d 'Keep it 1 to 36500 days, -1 for ever. Newer clouds only.'
complete -c cbrctl -n '__cbrctl_in backup' -l policy-id -x -d 'Policy of an automatic backup. Newer clouds only.'
complete -c cbrctl -n '__cbrctl_in backup' -l no-marker -d 'Send name and description exactly as given: a backup whose answer is lost is not found again then.'
complete -c cbrctl -n '__cbrctl_in backup' -l dry-run -d 'Print the exact request and start nothing.'
complete -c cbrctl -n '__cbrctl_in backup' -l if-busy -x -a 'fail wait attach skip' -d 'When the vault is busy: exit 11 (default), wait, follow what runs, or do without.'
complete -c cbrctl -n '__cbrctl_in backup' -l on-skip -x -a 'fail ignore' -d 'Whether skipped resources make it partial, exit 3 (default fail).'
complete -c cbrctl -n '__cbrctl_in backup' -l wait -d 'Follow it to its end (default).'
complete -c cbrctl -n '__cbrctl_in backup' -l no-wait -d 'Return once the service has accepted it.'
complete -c cbrctl -n '__cbrctl_in backup' -l timeout -x -d 'How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.'
complete -c cbrctl -n '__cbrctl_in backup' -l poll-interval -x -d 'Fixed pause between looks, at least 100ms (default: 3s growing to 30s).'
complete -c cbrctl -n '__cbrctl_in backup' -l run-key -x -d 'Identity of this run: the same key is the same backup, on any machine, any day. CBRCTL_RUN_KEY'
complete -c cbrctl -n '__cbrctl_in backup' -l parallel -x -d 'Submissions at a time (default 8).'
complete -c cbrctl -n '__cbrctl_in backup' -l settle -x -d 'How long to look for a backup whose answer was lost (default 2m).'
complete -c cbrctl -n '__cbrctl_in backup' -l metrics-file -r -F -d 'Write Prometheus metrics there when it ends; NAME.prom for node_exporter.'
complete -c cbrctl -n '__cbrctl_in backup' -l on-unknown -x -a 'report resend' -d 'When it is not found: report it, exit 6 (default), or resend it once, which can make two backups.'

# cbrctl wait
complete -c cbrctl -n '__cbrctl_in wait' -l timeout -x -d 'How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.'
complete -c cbrctl -n '__cbrctl_in wait' -l poll-interval -x -d 'Fixed pause between looks, at least 100ms (default: 3s growing to 30s).'
complete -c cbrctl -n '__cbrctl_in wait' -l on-skip -x -a 'fail ignore' -d 'Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).'

# cbrctl resume
complete -c cbrctl -n '__cbrctl_in resume' -l no-wait -d 'Only settle what is open; follow nothing.'
complete -c cbrctl -n '__cbrctl_in resume' -l timeout -x -d 'How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.'
complete -c cbrctl -n '__cbrctl_in resume' -l poll-interval -x -d 'Fixed pause between looks, at least 100ms (default: 3s growing to 30s).'
complete -c cbrctl -n '__cbrctl_in resume' -l settle -x -d 'How long to look for a backup whose answer was lost (default 2m), before exit 6.'
complete -c cbrctl -n '__cbrctl_in resume' -l on-skip -x -a 'fail ignore' -d 'Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).'
complete -c cbrctl -n '__cbrctl_in resume' -l metrics-file -r -F -d 'Write Prometheus metrics there when it ends; NAME.prom for node_exporter.'

# cbrctl check
complete -c cbrctl -n '__cbrctl_in check' -s V -l vault -x -d 'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.'
complete -c cbrctl -n '__cbrctl_in check' -s r -l resource -x -d 'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.'
complete -c cbrctl -n '__cbrctl_in check' -l all-vaults -d 'Every vault of the project.'
complete -c cbrctl -n '__cbrctl_in check' -l tag -x -d 'Every vault with this tag; repeat: with all.'
complete -c cbrctl -n '__cbrctl_in check' -l exclude -x -d 'Of --all-vaults or --tag without this one; repeatable.'
complete -c cbrctl -n '__cbrctl_in check' -l shard -x -d 'Only share I of N of the selection, from 0.'
complete -c cbrctl -n '__cbrctl_in check' -l max-age -x -d 'How old a good copy may be, like 26h, counted from its beginning (default: any age).'
complete -c cbrctl -n '__cbrctl_in check' -l metrics-file -r -F -d 'Write Prometheus metrics there when it ends; NAME.prom for node_exporter.'

# cbrctl report
complete -c cbrctl -n '__cbrctl_in report' -s V -l vault -x -d 'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.'
complete -c cbrctl -n '__cbrctl_in report' -s r -l resource -x -d 'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.'
complete -c cbrctl -n '__cbrctl_in report' -l all-vaults -d 'Every vault of the project.'
complete -c cbrctl -n '__cbrctl_in report' -l tag -x -d 'Every vault with this tag; repeat: with all.'
complete -c cbrctl -n '__cbrctl_in report' -l exclude -x -d 'Of --all-vaults or --tag without this one; repeatable.'
complete -c cbrctl -n '__cbrctl_in report' -l shard -x -d 'Only share I of N of the selection, from 0.'
complete -c cbrctl -n '__cbrctl_in report' -l days -x -d 'So many days up to today, at most 366 (default 30).'
complete -c cbrctl -n '__cbrctl_in report' -l html -r -F -d 'Write it as one page for a browser, without script or request, in place of the table.'

# cbrctl history
complete -c cbrctl -n '__cbrctl_in history; and not __cbrctl_in history show' -s V -l vault -x -d 'Only of this vault.'
complete -c cbrctl -n '__cbrctl_in history; and not __cbrctl_in history show' -l since -x -d 'Only newer: a duration (24h), a date or an RFC 3339 time.'
complete -c cbrctl -n '__cbrctl_in history; and not __cbrctl_in history show' -l limit -x -d 'At most so many rows.'

# cbrctl history show

# cbrctl vault list

# cbrctl vault show

# cbrctl checkpoint show

# cbrctl copy list
complete -c cbrctl -n '__cbrctl_in copy list' -s V -l vault -x -d 'Only of this vault.'
complete -c cbrctl -n '__cbrctl_in copy list' -l checkpoint -x -d 'Only of this checkpoint.'
complete -c cbrctl -n '__cbrctl_in copy list' -s r -l resource -x -d 'Only of this resource.'
complete -c cbrctl -n '__cbrctl_in copy list' -l status -x -d 'Only with this status.'
complete -c cbrctl -n '__cbrctl_in copy list' -l since -x -d 'Only newer: a duration (24h), a date or an RFC 3339 time.'
complete -c cbrctl -n '__cbrctl_in copy list' -l limit -x -d 'At most so many rows.'

# cbrctl copy show

# cbrctl task list
complete -c cbrctl -n '__cbrctl_in task list' -s V -l vault -x -d 'Only of this vault.'
complete -c cbrctl -n '__cbrctl_in task list' -s r -l resource -x -d 'Only of this resource.'
complete -c cbrctl -n '__cbrctl_in task list' -l status -x -d 'Only with this status.'
complete -c cbrctl -n '__cbrctl_in task list' -l type -x -d 'Only of this type, like backup.'
complete -c cbrctl -n '__cbrctl_in task list' -l since -x -d 'Only newer: a duration (24h), a date or an RFC 3339 time.'
complete -c cbrctl -n '__cbrctl_in task list' -l limit -x -d 'At most so many rows.'

# cbrctl task show

# cbrctl config init
complete -c cbrctl -n '__cbrctl_in config init' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'
complete -c cbrctl -n '__cbrctl_in config init' -l region -x -d 'Region, like cn-north-4. CBRCTL_REGION'
complete -c cbrctl -n '__cbrctl_in config init' -l project-id -x -d 'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in config init' -l endpoint -x -d 'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in config init' -l iam-endpoint -x -d 'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in config init' -l enterprise-project-id -x -d 'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in config init' -l no-cache -d 'Log in anew: no token is kept, and no kept one used.'

# cbrctl config list
complete -c cbrctl -n '__cbrctl_in config list' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'
complete -c cbrctl -n '__cbrctl_in config list' -l region -x -d 'Region, like cn-north-4. CBRCTL_REGION'
complete -c cbrctl -n '__cbrctl_in config list' -l project-id -x -d 'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in config list' -l endpoint -x -d 'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in config list' -l iam-endpoint -x -d 'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in config list' -l enterprise-project-id -x -d 'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in config list' -l no-cache -d 'Log in anew: no token is kept, and no kept one used.'

# cbrctl config get
complete -c cbrctl -n '__cbrctl_in config get' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'
complete -c cbrctl -n '__cbrctl_in config get' -l region -x -d 'Region, like cn-north-4. CBRCTL_REGION'
complete -c cbrctl -n '__cbrctl_in config get' -l project-id -x -d 'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in config get' -l endpoint -x -d 'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in config get' -l iam-endpoint -x -d 'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in config get' -l enterprise-project-id -x -d 'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in config get' -l no-cache -d 'Log in anew: no token is kept, and no kept one used.'

# cbrctl config set
complete -c cbrctl -n '__cbrctl_in config set' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'

# cbrctl config unset
complete -c cbrctl -n '__cbrctl_in config unset' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'

# cbrctl config path

# cbrctl auth login
complete -c cbrctl -n '__cbrctl_in auth login' -l method -x -d 'password (default) or access-key.'
complete -c cbrctl -n '__cbrctl_in auth login' -l username -x -d 'IAM user.'
complete -c cbrctl -n '__cbrctl_in auth login' -l user-id -x -d 'IAM user, by id.'
complete -c cbrctl -n '__cbrctl_in auth login' -l domain-name -x -d 'Account of the user.'
complete -c cbrctl -n '__cbrctl_in auth login' -l domain-id -x -d 'Account of the user, by id.'
complete -c cbrctl -n '__cbrctl_in auth login' -l access-key -x -d 'Access key; its secret is asked for.'
complete -c cbrctl -n '__cbrctl_in auth login' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'
complete -c cbrctl -n '__cbrctl_in auth login' -l region -x -d 'Region, like cn-north-4. CBRCTL_REGION'
complete -c cbrctl -n '__cbrctl_in auth login' -l project-id -x -d 'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in auth login' -l endpoint -x -d 'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in auth login' -l iam-endpoint -x -d 'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT'
complete -c cbrctl -n '__cbrctl_in auth login' -l enterprise-project-id -x -d 'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID'
complete -c cbrctl -n '__cbrctl_in auth login' -l no-cache -d 'Log in anew: no token is kept, and no kept one used.'

# cbrctl auth logout
complete -c cbrctl -n '__cbrctl_in auth logout' -l profile -x -d 'Profile of the configuration. CBRCTL_PROFILE'

# cbrctl auth status
complete -c cbrctl -n '__cbrctl_in auth status' -l check -d 'Ask IAM and CBR whether the ones in use are good.'

# cbrctl doctor

# cbrctl explain

# cbrctl sandbox serve
complete -c cbrctl -n '__cbrctl_in sandbox serve' -l port -x -d 'Port on 127.0.0.1; 0 takes a free one (default).'
complete -c cbrctl -n '__cbrctl_in sandbox serve' -l fault -x -d 'Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.'

# cbrctl sandbox run
complete -c cbrctl -n '__cbrctl_in sandbox run' -a '--' -d 'The command and its arguments.'
complete -c cbrctl -n 'contains -- -- (commandline -opc); and string match -q -- \'cbrctl sandbox run *\' (commandline -cp)' -a '(__cbrctl_command)'
complete -c cbrctl -n '__cbrctl_in sandbox run' -l fault -x -d 'Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.'

# cbrctl completion
complete -c cbrctl -n '__cbrctl_in completion; and not __cbrctl_given bash zsh fish' -a 'bash' -d 'The shell.'
complete -c cbrctl -n '__cbrctl_in completion; and not __cbrctl_given bash zsh fish' -a 'zsh' -d 'The shell.'
complete -c cbrctl -n '__cbrctl_in completion; and not __cbrctl_given bash zsh fish' -a 'fish' -d 'The shell.'

# cbrctl schema
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'auth' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'backup' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'check' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'checkpoint' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'config' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'copies' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'copy' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'doctor' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'error' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'event' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'explain' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'history' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'op' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'report' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'sandbox' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'task' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'tasks' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'vault' -d 'Document, like backup; none: the names.'
complete -c cbrctl -n '__cbrctl_in schema; and not __cbrctl_given auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults' -a 'vaults' -d 'Document, like backup; none: the names.'

# cbrctl options
