# fish completion of cbrctl 0.1.0
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# Commands, options and fixed values are known here; for names cbrctl is asked, which asks no service.

# Set what may follow a command: members, options, those with a value, and what each argument takes.
# An argument of `...` may be given more than once.
function __cbrctl_takes
    set -l display -o\t'table (default), json, jsonl or id. CBRCTL_OUTPUT' --output\t'table (default), json, jsonl or id. CBRCTL_OUTPUT' --query\t'Of the JSON document only this, a text without quotes; implies -o json.' -q\t'Nothing on standard error while all is well; -qq: nothing at all.' --quiet\t'Nothing on standard error while all is well; -qq: nothing at all.' -v\t'Show each request and its id on standard error; -vv, -vvv: what is sent and answered too.' --verbose\t'Show each request and its id on standard error; -vv, -vvv: what is sent and answered too.' --color\t'auto (default), always or never.' --lang\t'en or zh_CN: of what people read; otherwise by the locale. CBRCTL_LANG' -h\t'Show this message and exit.' --help\t'Show this message and exit.'
    set -l display_valued -o --output --query --color --lang
    set -l connection --profile\t'Profile of the configuration. CBRCTL_PROFILE' --region\t'Region, like cn-north-4. CBRCTL_REGION' --project-id\t'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID' --endpoint\t'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT' --iam-endpoint\t'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT' --enterprise-project-id\t'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID' --no-cache\t'Log in anew: no token is kept, and no kept one used.' --sandbox\t'Run against a practice cloud in this process: no account, no network, no files.'
    set -l connection_valued --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id
    set -g __cbrctl_members
    set -g __cbrctl_options
    set -g __cbrctl_valued
    set -g __cbrctl_arguments
    switch "$argv"
        case ''
            set __cbrctl_members backup\t'Start a backup of one or many vaults and follow it to its end.' wait\t'Follow checkpoints that were already started, by anyone, all at once.' resume\t'Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.' check\t'Check that every protected resource has a good copy, for monitoring.' report\t'Show which resource has a good copy of which day, as a calendar.' history\t'List what this machine submitted, and how each ended.' vault\t'Vaults: where backups are kept.' checkpoint\t'Checkpoints: what one backup request made.' copy\t'Recovery copies of resources.' task\t'Operation logs of the service.' config\t'Profiles: settings that need not be given each time.' auth\t'Credentials: store, check and remove them.' doctor\t'Check configuration, credentials, network, clock and files; say what mends each.' explain\t'Explain an error code, an exit code or an outcome, and what to do.' sandbox\t'The practice cloud: a CBR and an IAM on this machine, to try and to test with.' completion\t'Print the completion script of a shell.' schema\t'Print the JSON Schema of an output document, or the names.' options\t'Explain the common options.' help\t'Show the help of a command, or on a topic.'
            set __cbrctl_options --version\t'Print the version; with -v also those of Python and the libraries.' -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'history'
            set __cbrctl_members show\t'Show one backup that this machine submitted, with its request.'
            set __cbrctl_options -V\t'Only of this vault.' --vault\t'Only of this vault.' --since\t'Only newer: a duration (24h), a date or an RFC 3339 time.' --limit\t'At most so many rows.' $display
            set __cbrctl_valued -V --vault --since --limit $display_valued
        case 'vault'
            set __cbrctl_members list\t'List vaults, with size, used, status and resources.' show\t'Show one vault and what it protects.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'checkpoint'
            set __cbrctl_members show\t'Show one restore point, and how far each resource is.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'copy'
            set __cbrctl_members list\t'List recovery copies (the API calls them backups).' show\t'Show one recovery copy.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'task'
            set __cbrctl_members list\t'List operation logs: what ran, how far, with which error.' show\t'Show one operation log.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'config'
            set __cbrctl_members init\t'Set up a profile: region, credentials, default vault; then a dry run.' list\t'List each setting and where it came from.' get\t'Print the value of one setting that is in force.' set\t'Write a setting into a profile.' unset\t'Take a setting out of a profile.' path\t'Print where the configuration is.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'auth'
            set __cbrctl_members login\t'Verify credentials and keep them for a profile.' logout\t'Remove what was kept for a profile.' status\t'Show the credentials there are, and where they come from.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'sandbox'
            set __cbrctl_members serve\t'Serve the practice cloud until a signal.' run\t'Run a command with the practice cloud\'s variables set.'
            set __cbrctl_options -h\t'Show this message and exit.' --help\t'Show this message and exit.'
        case 'completion'
            set __cbrctl_members install\t'Put the completion script where the shell looks.' uninstall\t'Take away what cbrctl completion install has made.'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
            set __cbrctl_arguments '@words'
        case 'backup'
            set __cbrctl_options -V\t'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' --vault\t'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' -r\t'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' --resource\t'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' --all-vaults\t'Every vault of the project.' --tag\t'Every vault with this tag; repeat: with all.' --exclude\t'Of --all-vaults or --tag without this one; repeatable.' --shard\t'Only share I of N of the selection, from 0.' --exclude-volume\t'Leave out this volume; repeatable.' --include-volume\t'Only this volume of it; repeatable.' --incremental\t'Only what changed since the last one.' --full\t'All of it. With neither, the service decides.' --name\t'Name of the backup (default cbrctl-OPID). With one, a backup that failed at once is harder to find again.' --description\t'Description of the backup.' --auto-trigger\t'Mark it as an automatic backup.' --no-auto-trigger\t'Mark it as a manual one.' --retention-days\t'Keep it 1 to 36500 days, -1 for ever. Newer clouds only.' --policy-id\t'Policy of an automatic backup. Newer clouds only.' --no-marker\t'Send name and description exactly as given: a backup whose answer is lost is not found again then.' --dry-run\t'Print the exact request and start nothing.' --if-busy\t'When the vault is busy: exit 11 (default), wait, follow what runs, or do without.' --on-skip\t'Whether skipped resources make it partial, exit 3 (default fail).' --wait\t'Follow it to its end (default).' --no-wait\t'Return once the service has accepted it.' --timeout\t'How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.' --poll-interval\t'Fixed pause between looks, at least 100ms (default: 3s growing to 30s).' --run-key\t'Identity of this run: the same key is the same backup, on any machine, any day. CBRCTL_RUN_KEY' --parallel\t'Submissions at a time (default 8).' --settle\t'How long to look for a backup whose answer was lost (default 2m).' --metrics-file\t'Write Prometheus metrics there when it ends; NAME.prom for node_exporter.' --on-unknown\t'When it is not found: report it, exit 6 (default), or resend it once, which can make two backups.' $display $connection
            set __cbrctl_valued -V --vault -r --resource --tag --exclude --shard --exclude-volume --include-volume --name --description --retention-days --policy-id --if-busy --on-skip --timeout --poll-interval --run-key --parallel --settle --metrics-file --on-unknown $display_valued $connection_valued
        case 'wait'
            set __cbrctl_options --timeout\t'How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.' --poll-interval\t'Fixed pause between looks, at least 100ms (default: 3s growing to 30s).' --on-skip\t'Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).' $display $connection
            set __cbrctl_valued --timeout --poll-interval --on-skip $display_valued $connection_valued
            set __cbrctl_arguments '@checkpoints...'
        case 'resume'
            set __cbrctl_options --no-wait\t'Only settle what is open; follow nothing.' --timeout\t'How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.' --poll-interval\t'Fixed pause between looks, at least 100ms (default: 3s growing to 30s).' --settle\t'How long to look for a backup whose answer was lost (default 2m), before exit 6.' --on-skip\t'Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).' --metrics-file\t'Write Prometheus metrics there when it ends; NAME.prom for node_exporter.' $display $connection
            set __cbrctl_valued --timeout --poll-interval --settle --on-skip --metrics-file $display_valued $connection_valued
            set __cbrctl_arguments '@ops...'
        case 'check'
            set __cbrctl_options -V\t'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' --vault\t'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' -r\t'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' --resource\t'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' --all-vaults\t'Every vault of the project.' --tag\t'Every vault with this tag; repeat: with all.' --exclude\t'Of --all-vaults or --tag without this one; repeatable.' --shard\t'Only share I of N of the selection, from 0.' --max-age\t'How old a good copy may be, like 26h, counted from its beginning (default: any age).' --metrics-file\t'Write Prometheus metrics there when it ends; NAME.prom for node_exporter.' $display $connection
            set __cbrctl_valued -V --vault -r --resource --tag --exclude --shard --max-age --metrics-file $display_valued $connection_valued
        case 'report'
            set __cbrctl_options -V\t'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' --vault\t'Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' -r\t'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' --resource\t'Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' --all-vaults\t'Every vault of the project.' --tag\t'Every vault with this tag; repeat: with all.' --exclude\t'Of --all-vaults or --tag without this one; repeatable.' --shard\t'Only share I of N of the selection, from 0.' --days\t'So many days up to today, at most 366 (default 30).' --html\t'Write it as one page for a browser, without script or request, in place of the table.' $display $connection
            set __cbrctl_valued -V --vault -r --resource --tag --exclude --shard --days --html $display_valued $connection_valued
        case 'history show'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
            set __cbrctl_arguments '@ops'
        case 'vault list'
            set __cbrctl_options $display $connection
            set __cbrctl_valued $display_valued $connection_valued
        case 'vault show'
            set __cbrctl_options $display $connection
            set __cbrctl_valued $display_valued $connection_valued
            set __cbrctl_arguments '@vaults'
        case 'checkpoint show'
            set __cbrctl_options $display $connection
            set __cbrctl_valued $display_valued $connection_valued
            set __cbrctl_arguments '@checkpoints'
        case 'copy list'
            set __cbrctl_options -V\t'Only of this vault.' --vault\t'Only of this vault.' --checkpoint\t'Only of this checkpoint.' -r\t'Only of this resource.' --resource\t'Only of this resource.' --status\t'Only with this status.' --since\t'Only newer: a duration (24h), a date or an RFC 3339 time.' --limit\t'At most so many rows.' $display $connection
            set __cbrctl_valued -V --vault --checkpoint -r --resource --status --since --limit $display_valued $connection_valued
        case 'copy show'
            set __cbrctl_options $display $connection
            set __cbrctl_valued $display_valued $connection_valued
            set __cbrctl_arguments '@copies'
        case 'task list'
            set __cbrctl_options -V\t'Only of this vault.' --vault\t'Only of this vault.' -r\t'Only of this resource.' --resource\t'Only of this resource.' --status\t'Only with this status.' --type\t'Only of this type, like backup.' --since\t'Only newer: a duration (24h), a date or an RFC 3339 time.' --limit\t'At most so many rows.' $display $connection
            set __cbrctl_valued -V --vault -r --resource --status --type --since --limit $display_valued $connection_valued
        case 'task show'
            set __cbrctl_options $display $connection
            set __cbrctl_valued $display_valued $connection_valued
            set __cbrctl_arguments '@tasks'
        case 'config init'
            set __cbrctl_options --vault\t'Vault that is backed up where none is named, by name or id.' --method\t'How to log in (default password).' --username\t'IAM user.' --user-id\t'IAM user, by id.' --domain-name\t'Account of the user.' --domain-id\t'Account of the user, by id.' --password-file\t'File that holds the password, for machines without a keyring.' --access-key\t'Access key; its secret is asked for.' --secret-key-file\t'File that holds the secret key, likewise.' --no-input\t'Ask nothing: a secret is read from standard input, and what is missing is an error.' --profile\t'Profile of the configuration. CBRCTL_PROFILE' --region\t'Region, like cn-north-4. CBRCTL_REGION' --project-id\t'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID' --endpoint\t'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT' --iam-endpoint\t'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT' --enterprise-project-id\t'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID' --no-cache\t'Log in anew: no token is kept, and no kept one used.' $display
            set __cbrctl_valued --vault --method --username --user-id --domain-name --domain-id --password-file --access-key --secret-key-file --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued
        case 'config list'
            set __cbrctl_options --profile\t'Profile of the configuration. CBRCTL_PROFILE' --region\t'Region, like cn-north-4. CBRCTL_REGION' --project-id\t'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID' --endpoint\t'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT' --iam-endpoint\t'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT' --enterprise-project-id\t'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID' --no-cache\t'Log in anew: no token is kept, and no kept one used.' $display
            set __cbrctl_valued --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued
        case 'config get'
            set __cbrctl_options --profile\t'Profile of the configuration. CBRCTL_PROFILE' --region\t'Region, like cn-north-4. CBRCTL_REGION' --project-id\t'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID' --endpoint\t'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT' --iam-endpoint\t'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT' --enterprise-project-id\t'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID' --no-cache\t'Log in anew: no token is kept, and no kept one used.' $display
            set __cbrctl_valued --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued
            set __cbrctl_arguments '@words'
        case 'config set'
            set __cbrctl_options --profile\t'Profile of the configuration. CBRCTL_PROFILE' $display
            set __cbrctl_valued --profile $display_valued
            set __cbrctl_arguments '@words' ''
        case 'config unset'
            set __cbrctl_options --profile\t'Profile of the configuration. CBRCTL_PROFILE' $display
            set __cbrctl_valued --profile $display_valued
            set __cbrctl_arguments '@words'
        case 'config path'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
        case 'auth login'
            set __cbrctl_options --method\t'How to log in (default password).' --username\t'IAM user.' --user-id\t'IAM user, by id.' --domain-name\t'Account of the user.' --domain-id\t'Account of the user, by id.' --access-key\t'Access key; its secret is asked for.' --no-input\t'Ask nothing: a secret is read from standard input, and what is missing is an error.' --profile\t'Profile of the configuration. CBRCTL_PROFILE' --region\t'Region, like cn-north-4. CBRCTL_REGION' --project-id\t'Project; otherwise asked from IAM. CBRCTL_PROJECT_ID' --endpoint\t'Address of CBR instead of the region\'s. CBRCTL_ENDPOINT' --iam-endpoint\t'Address of IAM instead of the region\'s. CBRCTL_IAM_ENDPOINT' --enterprise-project-id\t'Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID' --no-cache\t'Log in anew: no token is kept, and no kept one used.' $display
            set __cbrctl_valued --method --username --user-id --domain-name --domain-id --access-key --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued
        case 'auth logout'
            set __cbrctl_options --profile\t'Profile of the configuration. CBRCTL_PROFILE' $display
            set __cbrctl_valued --profile $display_valued
        case 'auth status'
            set __cbrctl_options --check\t'Ask IAM and CBR whether the ones in use are good.' $display $connection
            set __cbrctl_valued $display_valued $connection_valued
        case 'doctor'
            set __cbrctl_options $display $connection
            set __cbrctl_valued $display_valued $connection_valued
        case 'explain'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
            set __cbrctl_arguments '@words'
        case 'sandbox serve'
            set __cbrctl_options --port\t'Port on 127.0.0.1; 0 takes a free one (default).' --fault\t'Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.' $display
            set __cbrctl_valued --port --fault $display_valued
        case 'sandbox run'
            set __cbrctl_options --fault\t'Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.' $display --\t'The command and its arguments.'
            set __cbrctl_valued --fault $display_valued
            set __cbrctl_arguments --
        case 'completion install'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
            set __cbrctl_arguments '@words'
        case 'completion uninstall'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
            set __cbrctl_arguments '@words'
        case 'schema'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
            set __cbrctl_arguments '@words'
        case 'options'
            set __cbrctl_options $display
            set __cbrctl_valued $display_valued
        case 'help'
            set __cbrctl_options 
            set __cbrctl_valued 
            set __cbrctl_arguments '@words'
    end
end

# Set `__cbrctl_found` to the values of the option $argv[2] of the command $argv[1], or what it takes behind the first
# argument $argv[2].
function __cbrctl_values
    set -g __cbrctl_found
    switch "$argv"
        case 'backup -V' 'backup --vault'
            set __cbrctl_found @vaults
        case 'backup -r' 'backup --resource'
            set __cbrctl_found @resources
        case 'backup --tag'
            set __cbrctl_found @tags
        case 'backup --exclude'
            set __cbrctl_found @vaults
        case 'backup --if-busy'
            set __cbrctl_found fail wait attach skip
        case 'backup --on-skip'
            set __cbrctl_found fail ignore
        case 'backup --metrics-file'
            set __cbrctl_found @files
        case 'backup --on-unknown'
            set __cbrctl_found report resend
        case 'wait --on-skip'
            set __cbrctl_found fail ignore
        case 'resume --on-skip'
            set __cbrctl_found fail ignore
        case 'resume --metrics-file'
            set __cbrctl_found @files
        case 'check -V' 'check --vault'
            set __cbrctl_found @vaults
        case 'check -r' 'check --resource'
            set __cbrctl_found @resources
        case 'check --tag'
            set __cbrctl_found @tags
        case 'check --exclude'
            set __cbrctl_found @vaults
        case 'check --metrics-file'
            set __cbrctl_found @files
        case 'report -V' 'report --vault'
            set __cbrctl_found @vaults
        case 'report -r' 'report --resource'
            set __cbrctl_found @resources
        case 'report --tag'
            set __cbrctl_found @tags
        case 'report --exclude'
            set __cbrctl_found @vaults
        case 'report --html'
            set __cbrctl_found @files
        case 'history -V' 'history --vault'
            set __cbrctl_found @vaults
        case 'copy list -V' 'copy list --vault'
            set __cbrctl_found @vaults
        case 'copy list --checkpoint'
            set __cbrctl_found @checkpoints
        case 'copy list -r' 'copy list --resource'
            set __cbrctl_found @resources
        case 'copy list --status'
            set __cbrctl_found available protecting deleting restoring error waiting_protect waiting_delete waiting_restore
        case 'task list -V' 'task list --vault'
            set __cbrctl_found @vaults
        case 'task list -r' 'task list --resource'
            set __cbrctl_found @resources
        case 'task list --status'
            set __cbrctl_found success skipped failed running timeout waiting
        case 'task list --type'
            set __cbrctl_found backup copy replication delete restore vault_delete remove_resource sync update_expiration_time
        case 'config init --vault'
            set __cbrctl_found @vaults
        case 'config init --method'
            set __cbrctl_found password access-key
        case 'config init --password-file'
            set __cbrctl_found @files
        case 'config init --secret-key-file'
            set __cbrctl_found @files
        case 'config set region'
            set __cbrctl_found cn-north-1\t'' cn-north-2\t'' cn-north-4\t'' cn-north-9\t'' cn-north-11\t'' cn-north-12\t'' cn-east-2\t'' cn-east-3\t'' cn-east-4\t'' cn-east-5\t'' cn-south-1\t'' cn-south-2\t'' cn-south-4\t'' cn-southwest-2\t'' cn-southwest-3\t'' ap-southeast-1\t'' ap-southeast-2\t'' ap-southeast-3\t'' ap-southeast-4\t'' ap-southeast-5\t'' my-kualalumpur-1\t'' af-south-1\t'' af-north-1\t'' me-east-1\t'' ae-ad-1\t'' tr-west-1\t'' sa-brazil-1\t'' la-north-2\t'' la-south-2\t'' na-mexico-1\t'' eu-west-0\t'' eu-west-101\t'' ru-moscow-1\t'' ru-northwest-2\t'' eu-de\t'' eu-nl\t'' eu-ch2\t''
        case 'config set vault'
            set __cbrctl_found @vaults
        case 'config set credential_source'
            set __cbrctl_found metadata\t''
        case 'config set keyring'
            set __cbrctl_found auto\t'' secret-service\t'' kwallet\t'' macos\t'' windows\t'' none\t''
        case 'config set ca_bundle'
            set __cbrctl_found @files
        case 'config set password_file'
            set __cbrctl_found @files
        case 'config set token_file'
            set __cbrctl_found @files
        case 'config set secret_key_file'
            set __cbrctl_found @files
        case 'auth login --method'
            set __cbrctl_found password access-key
        case 'explain exit'
            set __cbrctl_found 0\t'It ended as it was asked to.' 1\t'Something went wrong inside cbrctl.' 2\t'The command cannot be run as it was given.' 3\t'Some resources were skipped or failed.' 4\t'The backup failed.' 5\t'The backup goes on and is not followed any more.' 6\t'Whether a backup was started is not known.' 7\t'The service could not be reached, or gave no usable answer.' 8\t'The service is refusing requests for their rate.' 10\t'What was asked for does not exist, or its name fits several.' 11\t'The vault is being backed up.' 12\t'The credentials are missing, wrong or ended, or do not allow this.' 13\t'The vault has no room for the backup.' 14\t'The service refused.' 15\t'A file or folder on this machine cannot be used.' 129\t'A signal stopped it.' 130\t'A signal stopped it.' 143\t'A signal stopped it.'
        case 'help history'
            set __cbrctl_found show\t'Show one backup that this machine submitted, with its request.'
        case 'help vault'
            set __cbrctl_found list\t'List vaults, with size, used, status and resources.' show\t'Show one vault and what it protects.'
        case 'help checkpoint'
            set __cbrctl_found show\t'Show one restore point, and how far each resource is.'
        case 'help copy'
            set __cbrctl_found list\t'List recovery copies (the API calls them backups).' show\t'Show one recovery copy.'
        case 'help task'
            set __cbrctl_found list\t'List operation logs: what ran, how far, with which error.' show\t'Show one operation log.'
        case 'help config'
            set __cbrctl_found init\t'Set up a profile: region, credentials, default vault; then a dry run.' list\t'List each setting and where it came from.' get\t'Print the value of one setting that is in force.' set\t'Write a setting into a profile.' unset\t'Take a setting out of a profile.' path\t'Print where the configuration is.'
        case 'help auth'
            set __cbrctl_found login\t'Verify credentials and keep them for a profile.' logout\t'Remove what was kept for a profile.' status\t'Show the credentials there are, and where they come from.'
        case 'help sandbox'
            set __cbrctl_found serve\t'Serve the practice cloud until a signal.' run\t'Run a command with the practice cloud\'s variables set.'
        case 'help completion'
            set __cbrctl_found install\t'Put the completion script where the shell looks.' uninstall\t'Take away what cbrctl completion install has made.'
        case '* -o' '* --output'
            set __cbrctl_found table json jsonl id
        case '* --color'
            set __cbrctl_found auto always never
        case '* --lang'
            set __cbrctl_found en zh_CN
        case '* --profile'
            set __cbrctl_found @profiles
        case '* --region'
            set __cbrctl_found cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12 cn-east-2 cn-east-3 cn-east-4 cn-east-5 cn-south-1 cn-south-2 cn-south-4 cn-southwest-2 cn-southwest-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 my-kualalumpur-1 af-south-1 af-north-1 me-east-1 ae-ad-1 tr-west-1 sa-brazil-1 la-north-2 la-south-2 na-mexico-1 eu-west-0 eu-west-101 ru-moscow-1 ru-northwest-2 eu-de eu-nl eu-ch2
    end
end

# Set `__cbrctl_found` to the words that the argument of a command may be.
function __cbrctl_words
    set -g __cbrctl_found
    switch "$argv"
        case 'config get'
            set __cbrctl_found region\t'Region, like cn-north-4.' project_id\t'Project; otherwise it is asked from IAM.' project_name\t'Name of the project that is asked for; otherwise the region.' enterprise_project_id\t'Enterprise project.' vault\t'Vault that `cbrctl backup` and `check` take where none is named.' endpoint\t'Address of CBR instead of the region\'s.' iam_endpoint\t'Address of IAM instead of the region\'s.' cloud_domain\t'Domain of a partner\'s cloud, in the place of myhuaweicloud.com.' ca_bundle\t'File with the certificates to trust.' proxy\t'Proxy for https, without a password.' username\t'IAM user.' user_id\t'IAM user, by id.' domain_name\t'Account of the user.' domain_id\t'Account of the user, by id.' password_file\t'File that holds the user\'s password.' token_file\t'File that holds a token.' access_key\t'Access key.' secret_key_file\t'File that holds the secret key.' agency_name\t'Agency to assume.' agency_domain_name\t'Account that the agency belongs to.' credential_source\t'metadata: the agency of the cloud server that cbrctl runs on.' cloud\t'Name of a cloud of clouds.yaml.' keyring\t'Where secrets are kept: auto, secret-service, kwallet, macos, windows or none.'
        case 'config set'
            set __cbrctl_found region\t'Region, like cn-north-4.' project_id\t'Project; otherwise it is asked from IAM.' project_name\t'Name of the project that is asked for; otherwise the region.' enterprise_project_id\t'Enterprise project.' vault\t'Vault that `cbrctl backup` and `check` take where none is named.' endpoint\t'Address of CBR instead of the region\'s.' iam_endpoint\t'Address of IAM instead of the region\'s.' cloud_domain\t'Domain of a partner\'s cloud, in the place of myhuaweicloud.com.' ca_bundle\t'File with the certificates to trust.' proxy\t'Proxy for https, without a password.' username\t'IAM user.' user_id\t'IAM user, by id.' domain_name\t'Account of the user.' domain_id\t'Account of the user, by id.' password_file\t'File that holds the user\'s password.' token_file\t'File that holds a token.' access_key\t'Access key.' secret_key_file\t'File that holds the secret key.' agency_name\t'Agency to assume.' agency_domain_name\t'Account that the agency belongs to.' credential_source\t'metadata: the agency of the cloud server that cbrctl runs on.' cloud\t'Name of a cloud of clouds.yaml.' keyring\t'Where secrets are kept: auto, secret-service, kwallet, macos, windows or none.'
        case 'config unset'
            set __cbrctl_found region\t'Region, like cn-north-4.' project_id\t'Project; otherwise it is asked from IAM.' project_name\t'Name of the project that is asked for; otherwise the region.' enterprise_project_id\t'Enterprise project.' vault\t'Vault that `cbrctl backup` and `check` take where none is named.' endpoint\t'Address of CBR instead of the region\'s.' iam_endpoint\t'Address of IAM instead of the region\'s.' cloud_domain\t'Domain of a partner\'s cloud, in the place of myhuaweicloud.com.' ca_bundle\t'File with the certificates to trust.' proxy\t'Proxy for https, without a password.' username\t'IAM user.' user_id\t'IAM user, by id.' domain_name\t'Account of the user.' domain_id\t'Account of the user, by id.' password_file\t'File that holds the user\'s password.' token_file\t'File that holds a token.' access_key\t'Access key.' secret_key_file\t'File that holds the secret key.' agency_name\t'Agency to assume.' agency_domain_name\t'Account that the agency belongs to.' credential_source\t'metadata: the agency of the cloud server that cbrctl runs on.' cloud\t'Name of a cloud of clouds.yaml.' keyring\t'Where secrets are kept: auto, secret-service, kwallet, macos, windows or none.'
        case 'explain'
            set __cbrctl_found exit\t'An exit code.' busy\t'The vault is being backed up.' pending\t'The backup goes on and is not followed any more.' partial\t'Some resources were skipped or failed.' capacity\t'The vault has no room for the backup.' refused\t'The service refused, and no backup was started.' not-found\t'What was asked for does not exist, or its name fits several.' throttled\t'The service is refusing requests for their rate.' unreachable\t'The service could not be reached, or gave no usable answer.' auth\t'The credentials are missing, wrong or ended, or do not allow this.' local-state\t'A file or folder on this machine cannot be used.' failed\t'The backup failed.' unknown\t'Whether a backup was started is not known.' internal\t'Something went wrong inside cbrctl.' usage\t'The command cannot be run as it was given.' signal\t'A signal stopped it.' completed\t'The backup is complete.' accepted\t'The service has accepted the backup.' skipped\t'No backup was started, as it was asked.' planned\t'The request was shown and not sent.' error\t'It ended before a backup was started.' 0001\t'Nothing in the vault can be backed up now, often because all of it is being backed up already.' 0002\t'The resources are being backed up already.' 1001\t'A backup of this vault is already running.' 6125\t'A backup of this vault is already running.' 6203\t'A backup of this vault is already running.' 2002\t'The resource is being backed up already.' 2010\t'The resource is being restored from a backup.' 6130\t'The copies of this vault are being replicated to another place.' 6134\t'Resources are being taken out of the vault.' 7200\t'A cloud database is being backed up already.' 6114\t'The vault is full: its backups use more than its size.' 6142\t'Every vault is full.' 6105\t'There is no such vault in this project and region.' 6200\t'There is no such copy.' 6217\t'There is no such checkpoint.' 6302\t'The resource does not exist.' 6500\t'There is no such task.' 6501\t'There is no such task.' 7000\t'The disk does not exist.' 7100\t'The server does not exist.' 8600\t'The account is not verified with its owner\'s real name.' 9998\t'The service did not accept the credentials.' 6102\t'The vault does not accept this type of resource.' 6112\t'The vault\'s status is not valid for this request.' 6113\t'The vault\'s status does not allow a backup.' 6124\t'A vault of this type cannot back anything up; it holds replicated copies.' 6126\t'The vault may not take backups of databases.' 6135\t'The resource does not belong to this vault.' 6137\t'A server\'s disk cannot be in several vaults.' 6215\t'The resource\'s status does not allow a backup.' 6300\t'The resource\'s type does not fit the kind of backup asked for.' 6301\t'The service does not know the kind of backup asked for.' 7001\t'Disks on dedicated storage cannot be backed up.' 7002\t'SCSI disks cannot be backed up.' 7003\t'The disk\'s status does not allow a backup.' 7004\t'The service does not allow this disk to be backed up.' 7007\t'The disk was made too long ago to be backed up.' 7101\t'The server\'s status does not allow a backup.' 7102\t'The server is stopped.' 7103\t'The service does not allow this server to be backed up.' 7104\t'Servers with SCSI disks cannot be backed up.' 7105\t'The server\'s disks are on different kinds of storage, so they cannot be backed up together.' 7106\t'Shared disks cannot be backed up.' 7107\t'The server has too many shared disks.' 7108\t'The server has no disk that could be backed up.' 7109\t'Bare metal servers cannot be backed up here.' 7111\t'Servers with disks on dedicated storage cannot be backed up.' 7113\t'Local disks of bare metal servers cannot be backed up.' 8300\t'The number of snapshots allowed is used up.' 9900\t'The service did not accept a value in the request.' 9910\t'The service had an unknown fault of its own.' APIGW.0101\t'The address does not offer this function in this region.' APIGW.0103\t'The gateway found no service behind this address.' APIGW.0104\t'The gateway has no valid definition for this request.' APIGW.0105\t'The gateway has no valid definition for this request.' APIGW.0106\t'The gateway has no valid definition for this request.' APIGW.0201\t'The request was invalid or too large, or the service behind the gateway did not answer.' APIGW.0202\t'The service behind the gateway could not be reached or did not answer in time.' APIGW.0203\t'The service behind the gateway could not be reached or did not answer in time.' APIGW.0301\t'The token or access key was not accepted.' APIGW.0302\t'The user is not allowed to call this service.' APIGW.0304\t'The user is not allowed to call this service.' APIGW.0306\t'The user is not allowed to call this service.' APIGW.0303\t'The credentials of the request were not accepted.' APIGW.0305\t'The credentials of the request were not accepted.' APIGW.0311\t'The credentials of the request were not accepted.' APIGW.0307\t'The token has to be renewed, or it belongs to another region.' APIGW.0308\t'The service received too many requests in a short time.' APIGW.0310\t'The project is not available.' APIGW.0401\t'Calls from this address or account are blocked.' APIGW.0402\t'Calls from this address or account are blocked.' APIGW.0404\t'Calls from this address or account are blocked.' APIGW.0501\t'The gateway takes no more calls from this caller.' APIGW.0502\t'The gateway takes no more calls from this caller.' APIGW.0601\t'The gateway had a fault of its own.' APIGW.0605\t'The gateway had a fault of its own.' APIGW.0606\t'The gateway had a fault of its own.' APIGW.0608\t'The gateway had a fault of its own.' APIGW.0609\t'The gateway had a fault of its own.' APIGW.0611\t'The gateway had a fault of its own.' APIGW.0612\t'The gateway had a fault of its own.' APIGW.0602\t'The gateway could not make sense of the request.' APIGW.0607\t'The gateway could not make sense of the request.' APIGW.0610\t'The gateway could not reach the service behind it.' APIGW.0613\t'The gateway could not reach the login service.' APIGW.0705\t'The gateway could not pass the request on.' APIGW.0801\t'The service may not be used from this address or in this region.' APIGW.0802\t'The service may not be used from this address or in this region.' IAM.0001\t'The login service did not accept the credentials.' IAM.0002\t'The user is not allowed to do this.' IAM.0003\t'The user is not allowed to do this.' IAM.0004\t'What was asked for does not exist in this account.' IAM.0005\t'The request clashes with another change that was made at the same time.' IAM.0006\t'The login service had a fault of its own.' IAM.0007\t'The login service did not accept a value in the request.' IAM.0011\t'The login service did not accept a value in the request.' IAM.1101\t'The login service did not accept a value in the request.' IAM.1102\t'The login service did not accept a value in the request.' IAM.1103\t'The login service did not accept a value in the request.' IAM.0012\t'The login service received too many requests in a short time.' IAM.0020\t'The login service of this region has a fault and was moved to another region.' IAM.0061\t'The user is locked.' IAM.0062\t'The password is wrong.' IAM.0063\t'The token was not accepted.' IAM.0067\t'The token was not accepted.' IAM.0064\t'The token does not carry the permission that is needed.' IAM.0066\t'The token has expired.' IAM.0080\t'The user of this access key is disabled.' IAM.0081\t'The user may use the console only.' IAM.0082\t'The user is disabled.' IAM.0083\t'The user may not use this region.' IAM.1061\t'The one-time code is wrong or too old.' IAM.1104\t'The access key is blocked or switched off.' IAM.1107\t'The access key is blocked or switched off.' IAM.1105\t'The access key has expired.' IAM.1106\t'The user of this access key does not exist.' IAM.1108\t'The temporary access key has expired.' IAM.1109\t'The project was not found.' option-as-value\t'An unset variable in its place leaves such a line.' empty-value\t'An unset shell variable looks like that.' secret-option\t'A secret is never an option: others can see the arguments of a program.' contradicting-key\t'The marker is how the same key finds the same backup.' key-of-another\t'The same key means the same backup.' old-backup\t'The backup of this run key is more than a day old.' no-region\t'The region is not known.' no-project\t'The project is not known.' plain-http\t'Plain http would show the token; it is for this machine only.' no-neighbour\t'IAM is IAM (ORIGIN), which has no CBR beside it.' no-credentials\t'No token, no IAM user and no access key was found.' incomplete-credentials\t'FOUND is set, but MISSING is not.' login-refused\t'The user, the password, the code, the account or the project is wrong, or the account is locked (at ADDRESS).' passcode-needed\t'IAM asks for a one-time code of this user as well.' unscoped-token\t'CBR needs one.' secret-writable\t'They could put in a secret of theirs.' no-keyring\t'There is no keyring that cbrctl could use here.' keyring-locked\t'It asked for its own password and got none.' region-mistyped\t'Its address could not be reached.' host-unknown\t'The address of HOST is not found.' tls-failed\t'There is no trusted connection to HOST.' clock-wrong\t'From 15 minutes on the service refuses signed requests.' home-of-another\t'Nothing was read or written there.' unsafe-file\t'cbrctl\'s own files are for you alone.' journal-unusable\t'The journal cannot be kept: PATH. Nothing was sent.' journal-damaged\t'The journal was damaged or is no journal. It was moved to ASIDE. Nothing was sent.' journal-newer\t'The journal was written by a newer cbrctl: PATH. Nothing was sent.' vault-held\t'Another cbrctl is starting a backup of this vault.' no-answer\t'The service could not be reached.' post-not-sent\t'The service could not be reached. Nothing was sent.' list-not-whole\t'What it does not show may be there.' unsettled\t'Nothing was sent now. It is certain when 15 minutes have passed (a day where tasks may not be listed) and the service\'s lists are whole.' checkpoint-deleted\t'The checkpoint is gone: it was deleted, or the service never came to know it.' not-accounted-for\t'The backup is not certainly whole: GOOD done, and something that the service names cannot be read.' no-available-copy\t'LACKING of TOTAL protected resources have no available copy.' no-young-copy\t'Older: OLD. None at all: WITHOUT. Of unknown time: UNDATED.' unknown-for-ever\t'Backups of the vault began at that time; one of them may be it, but nothing that is left carries its marker.' output-lost\t'The result could not be written to standard output.'
        case 'completion'
            set __cbrctl_found bash\t'The shell.' zsh\t'The shell.' fish\t'The shell.'
        case 'completion install'
            set __cbrctl_found bash\t'The shell; otherwise the one that SHELL names.' zsh\t'The shell; otherwise the one that SHELL names.' fish\t'The shell; otherwise the one that SHELL names.'
        case 'completion uninstall'
            set __cbrctl_found bash\t'The shell; otherwise the one that SHELL names.' zsh\t'The shell; otherwise the one that SHELL names.' fish\t'The shell; otherwise the one that SHELL names.'
        case 'schema'
            set __cbrctl_found auth\t'Sets of credentials, without their secrets' backup\t'Result of cbrctl backup, wait and resume' check\t'Which protected resources have a good copy' checkpoint\t'One checkpoint' config\t'Settings and where they come from' copies\t'List of recovery copies' copy\t'One recovery copy' doctor\t'What cbrctl doctor found' error\t'What failed before any vault was reached' event\t'A line of -o jsonl' explain\t'What errors, exit codes and outcomes mean' history\t'List of what this machine submitted' op\t'One backup that this machine submitted' report\t'Which resource has a good copy of which day' sandbox\t'Address and credentials of the practice cloud' task\t'One task (operation log)' tasks\t'List of tasks (operation logs)' vault\t'One vault' vaults\t'List of vaults'
        case 'help'
            set __cbrctl_found backup\t'Start a backup of one or many vaults and follow it to its end.' wait\t'Follow checkpoints that were already started, by anyone, all at once.' resume\t'Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.' check\t'Check that every protected resource has a good copy, for monitoring.' report\t'Show which resource has a good copy of which day, as a calendar.' history\t'List what this machine submitted, and how each ended.' vault\t'Vaults: where backups are kept.' checkpoint\t'Checkpoints: what one backup request made.' copy\t'Recovery copies of resources.' task\t'Operation logs of the service.' config\t'Profiles: settings that need not be given each time.' auth\t'Credentials: store, check and remove them.' doctor\t'Check configuration, credentials, network, clock and files; say what mends each.' explain\t'Explain an error code, an exit code or an outcome, and what to do.' sandbox\t'The practice cloud: a CBR and an IAM on this machine, to try and to test with.' completion\t'Print the completion script of a shell.' schema\t'Print the JSON Schema of an output document, or the names.' options\t'Explain the common options.' exit-codes\t'Topic: man cbrctl-exit-codes' json\t'Topic: man cbrctl-json' environment\t'Topic: man cbrctl-environment'
    end
end

# Print the option that the word leaves without its value, like -o of -qo; nothing where it has none.
function __cbrctl_open
    if string match -q -- '--*' $argv[1]
        contains -- $argv[1] $__cbrctl_valued; and echo -- $argv[1]
        return
    end
    set -l letters (string split '' -- (string sub -s 2 -- $argv[1]))
    for place in (seq (count $letters))
        if contains -- -$letters[$place] $__cbrctl_valued
            test $place -eq (count $letters); and echo -- -$letters[$place]
            return
        end
    end
end

# Print what a place takes: fixed words, `@kind` that cbrctl is asked for, or `@files`; $argv[1] stands before each.
function __cbrctl_offer
    set -l stem $argv[1]
    set -l typed (string sub -s (math (string length -- $stem) + 1) -- (commandline -ct))
    switch "$argv[2]"
        case @files
            set -l found (__fish_complete_path "$typed")
            test (count $found) -gt 0; and printf '%s\n' $stem$found
        case '@*'
            set -l words (commandline -opc)
            set -l program cbrctl
            string match -q -- '*/*' $words[1]; and set program (string replace -r '^~/' "$HOME/" -- $words[1])
            type -q $program; or return
            set -l found (command $program __complete (string sub -s 2 -- $argv[2]) "$typed" $words[2..] 2>/dev/null </dev/null)
            test (count $found) -gt 0; and printf '%s\n' $stem$found
        case '?*'
            printf '%s\n' $stem$argv[2..]
    end
end

# Complete: called by fish.
function __cbrctl
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l path
    set -l at 2
    __cbrctl_takes
    for word in $words[2..]
        test (count $__cbrctl_members) -gt 0; or break
        if not contains -- $word (string split -f 1 \t -- $__cbrctl_members)
            # a command that has members too: what follows is its own
            test (count $__cbrctl_valued) -gt 0; or return
            set __cbrctl_members
            break
        end
        set -a path $word
        set at (math $at + 1)
        __cbrctl_takes $path
    end
    set -l option
    set -l first
    set -l place 1
    for word in $words[$at..]
        set at (math $at + 1)
        if test -n "$option"
            set option
        else if test "$word" = --
            test "$__cbrctl_arguments[1]" = --; and complete -C (string join ' ' -- (string escape -- $words[$at..]) $typed)
            return
        else if string match -q -- '-?*' $word
            set option (__cbrctl_open $word)
        else
            set place (math $place + 1)
            set -q first[1]; or set first $word
        end
    end
    set -l stem ''
    if test -z "$option"
        set stem (string match -r -- '^--[^=]+=' $typed; or string match -r -- '^-[^-]' $typed; or echo)
        set option (__cbrctl_open (string replace -r -- '=$' '' $stem))
        test "$typed" = "$stem"; and not string match -q -- '*=' $stem; and set option
        test -n "$option"; or set stem ''
    end
    if test -n "$option"
        string match -q -- '-*' $typed; and test -z "$stem"; and return
        __cbrctl_values "$path" $option
        __cbrctl_offer $stem $__cbrctl_found
        return
    end
    if string match -q -- '-*' $typed
        # fish would look for the letters in the descriptions too
        string match -r -- '^'(string escape --style=regex -- $typed)'.*' $__cbrctl_options
        return
    end
    test (count $__cbrctl_members) -gt 0; and printf '%s\n' $__cbrctl_members
    # the last place may be taken again and again
    string match -q -- '*...' "$__cbrctl_arguments[-1]"; and test $place -gt (count $__cbrctl_arguments)
    and set place (count $__cbrctl_arguments)
    if test $place -eq 2
        __cbrctl_values "$path" $first
        __cbrctl_offer '' $__cbrctl_found
        test (count $__cbrctl_found) -gt 0; and return
    end
    set -l takes (string replace -r '\.\.\.$' '' -- $__cbrctl_arguments[$place])
    if test "$takes" = @words
        __cbrctl_words $path
        __cbrctl_offer '' $__cbrctl_found
    else
        __cbrctl_offer '' $takes
    end
end

complete -c cbrctl -f -k -a '(__cbrctl)'
