# bash completion of cbrctl 0.1.0
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# Commands, options and fixed values are known here; for names cbrctl is asked, which asks no service. Bash 3.2, which macOS
# has, reads it too.

# Set what may follow the command $1: members, flags, options with a value, and what each argument takes.
# An argument of `...` may be given more than once.
_cbrctl_takes() {
    local display_flags='-q --quiet -v --verbose -h --help'
    local display_valued='-o --output --query --color --lang'
    local connection_flags='--no-cache --sandbox'
    local connection_valued='--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id'
    members='' flags='' valued='' arguments=()
    case $1 in
        '')
            members='backup wait resume check report history vault checkpoint copy task config auth doctor explain sandbox completion schema options help'
            flags='--version -h --help'
            ;;
        'history')
            members='show'
            flags="$display_flags"
            valued="-V --vault --since --limit $display_valued"
            ;;
        'vault')
            members='list show'
            flags='-h --help'
            ;;
        'checkpoint')
            members='show'
            flags='-h --help'
            ;;
        'copy')
            members='list show'
            flags='-h --help'
            ;;
        'task')
            members='list show'
            flags='-h --help'
            ;;
        'config')
            members='init list get set unset path'
            flags='-h --help'
            ;;
        'auth')
            members='login logout status'
            flags='-h --help'
            ;;
        'sandbox')
            members='serve run'
            flags='-h --help'
            ;;
        'completion')
            members='install uninstall'
            flags="$display_flags"
            valued="$display_valued"
            arguments=('bash zsh fish')
            ;;
        'backup')
            flags="--all-vaults --incremental --full --auto-trigger --no-auto-trigger --no-marker --dry-run --wait --no-wait $display_flags $connection_flags"
            valued="-V --vault -r --resource --tag --exclude --shard --exclude-volume --include-volume --name --description --retention-days --policy-id --if-busy --on-skip --timeout --poll-interval --run-key --parallel --settle --metrics-file --on-unknown $display_valued $connection_valued"
            ;;
        'wait')
            flags="$display_flags $connection_flags"
            valued="--timeout --poll-interval --on-skip $display_valued $connection_valued"
            arguments=('@checkpoints...')
            ;;
        'resume')
            flags="--no-wait $display_flags $connection_flags"
            valued="--timeout --poll-interval --settle --on-skip --metrics-file $display_valued $connection_valued"
            arguments=('@ops...')
            ;;
        'check')
            flags="--all-vaults $display_flags $connection_flags"
            valued="-V --vault -r --resource --tag --exclude --shard --max-age --metrics-file $display_valued $connection_valued"
            ;;
        'report')
            flags="--all-vaults $display_flags $connection_flags"
            valued="-V --vault -r --resource --tag --exclude --shard --days --html $display_valued $connection_valued"
            ;;
        'history show')
            flags="$display_flags"
            valued="$display_valued"
            arguments=('@ops')
            ;;
        'vault list')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            ;;
        'vault show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=('@vaults')
            ;;
        'checkpoint show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=('@checkpoints')
            ;;
        'copy list')
            flags="$display_flags $connection_flags"
            valued="-V --vault --checkpoint -r --resource --status --since --limit $display_valued $connection_valued"
            ;;
        'copy show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=('@copies')
            ;;
        'task list')
            flags="$display_flags $connection_flags"
            valued="-V --vault -r --resource --status --type --since --limit $display_valued $connection_valued"
            ;;
        'task show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=('@tasks')
            ;;
        'config init')
            flags="--no-input --no-cache $display_flags"
            valued="--vault --method --username --user-id --domain-name --domain-id --password-file --access-key --secret-key-file --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            ;;
        'config list')
            flags="--no-cache $display_flags"
            valued="--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            ;;
        'config get')
            flags="--no-cache $display_flags"
            valued="--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            arguments=('region project_id project_name enterprise_project_id vault endpoint iam_endpoint cloud_domain ca_bundle proxy username user_id domain_name domain_id password_file token_file access_key secret_key_file agency_name agency_domain_name credential_source cloud keyring')
            ;;
        'config set')
            flags="$display_flags"
            valued="--profile $display_valued"
            arguments=('region project_id project_name enterprise_project_id vault endpoint iam_endpoint cloud_domain ca_bundle proxy username user_id domain_name domain_id password_file token_file access_key secret_key_file agency_name agency_domain_name credential_source cloud keyring' ' ')
            ;;
        'config unset')
            flags="$display_flags"
            valued="--profile $display_valued"
            arguments=('region project_id project_name enterprise_project_id vault endpoint iam_endpoint cloud_domain ca_bundle proxy username user_id domain_name domain_id password_file token_file access_key secret_key_file agency_name agency_domain_name credential_source cloud keyring')
            ;;
        'config path')
            flags="$display_flags"
            valued="$display_valued"
            ;;
        'auth login')
            flags="--no-input --no-cache $display_flags"
            valued="--method --username --user-id --domain-name --domain-id --access-key --profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            ;;
        'auth logout')
            flags="$display_flags"
            valued="--profile $display_valued"
            ;;
        'auth status')
            flags="--check $display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            ;;
        'doctor')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            ;;
        'explain')
            flags="$display_flags"
            valued="$display_valued"
            arguments=('exit busy pending partial capacity refused not-found throttled unreachable auth local-state failed unknown internal usage signal completed accepted skipped planned error 0001 0002 1001 6125 6203 2002 2010 6130 6134 7200 6114 6142 6105 6200 6217 6302 6500 6501 7000 7100 8600 9998 6102 6112 6113 6124 6126 6135 6137 6215 6300 6301 7001 7002 7003 7004 7007 7101 7102 7103 7104 7105 7106 7107 7108 7109 7111 7113 8300 9900 9910 APIGW.0101 APIGW.0103 APIGW.0104 APIGW.0105 APIGW.0106 APIGW.0201 APIGW.0202 APIGW.0203 APIGW.0301 APIGW.0302 APIGW.0304 APIGW.0306 APIGW.0303 APIGW.0305 APIGW.0311 APIGW.0307 APIGW.0308 APIGW.0310 APIGW.0401 APIGW.0402 APIGW.0404 APIGW.0501 APIGW.0502 APIGW.0601 APIGW.0605 APIGW.0606 APIGW.0608 APIGW.0609 APIGW.0611 APIGW.0612 APIGW.0602 APIGW.0607 APIGW.0610 APIGW.0613 APIGW.0705 APIGW.0801 APIGW.0802 IAM.0001 IAM.0002 IAM.0003 IAM.0004 IAM.0005 IAM.0006 IAM.0007 IAM.0011 IAM.1101 IAM.1102 IAM.1103 IAM.0012 IAM.0020 IAM.0061 IAM.0062 IAM.0063 IAM.0067 IAM.0064 IAM.0066 IAM.0080 IAM.0081 IAM.0082 IAM.0083 IAM.1061 IAM.1104 IAM.1107 IAM.1105 IAM.1106 IAM.1108 IAM.1109 option-as-value empty-value secret-option contradicting-key key-of-another old-backup no-region no-project plain-http no-neighbour no-credentials incomplete-credentials login-refused passcode-needed unscoped-token secret-writable no-keyring keyring-locked region-mistyped host-unknown tls-failed clock-wrong home-of-another unsafe-file journal-unusable journal-damaged journal-newer vault-held no-answer post-not-sent list-not-whole unsettled checkpoint-deleted not-accounted-for no-available-copy no-young-copy unknown-for-ever output-lost')
            ;;
        'sandbox serve')
            flags="$display_flags"
            valued="--port --fault $display_valued"
            ;;
        'sandbox run')
            flags="$display_flags"
            valued="--fault $display_valued"
            arguments=(--)
            ;;
        'completion install')
            flags="$display_flags"
            valued="$display_valued"
            arguments=('bash zsh fish')
            ;;
        'completion uninstall')
            flags="$display_flags"
            valued="$display_valued"
            arguments=('bash zsh fish')
            ;;
        'schema')
            flags="$display_flags"
            valued="$display_valued"
            arguments=('auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults')
            ;;
        'options')
            flags="$display_flags"
            valued="$display_valued"
            ;;
        'help')
            flags=""
            valued=""
            arguments=('backup wait resume check report history vault checkpoint copy task config auth doctor explain sandbox completion schema options exit-codes json environment')
            ;;
    esac
}

# Set the values of the option $2 of the command $1, or what it takes behind the first argument $2.
_cbrctl_values() {
    values=''
    case "$1 $2" in
        'backup -V' | 'backup --vault') values='@vaults' ;;
        'backup -r' | 'backup --resource') values='@resources' ;;
        'backup --tag') values='@tags' ;;
        'backup --exclude') values='@vaults' ;;
        'backup --if-busy') values='fail wait attach skip' ;;
        'backup --on-skip') values='fail ignore' ;;
        'backup --metrics-file') values='@files' ;;
        'backup --on-unknown') values='report resend' ;;
        'wait --on-skip') values='fail ignore' ;;
        'resume --on-skip') values='fail ignore' ;;
        'resume --metrics-file') values='@files' ;;
        'check -V' | 'check --vault') values='@vaults' ;;
        'check -r' | 'check --resource') values='@resources' ;;
        'check --tag') values='@tags' ;;
        'check --exclude') values='@vaults' ;;
        'check --metrics-file') values='@files' ;;
        'report -V' | 'report --vault') values='@vaults' ;;
        'report -r' | 'report --resource') values='@resources' ;;
        'report --tag') values='@tags' ;;
        'report --exclude') values='@vaults' ;;
        'report --html') values='@files' ;;
        'history -V' | 'history --vault') values='@vaults' ;;
        'copy list -V' | 'copy list --vault') values='@vaults' ;;
        'copy list --checkpoint') values='@checkpoints' ;;
        'copy list -r' | 'copy list --resource') values='@resources' ;;
        'copy list --status') values='available protecting deleting restoring error waiting_protect waiting_delete waiting_restore' ;;
        'task list -V' | 'task list --vault') values='@vaults' ;;
        'task list -r' | 'task list --resource') values='@resources' ;;
        'task list --status') values='success skipped failed running timeout waiting' ;;
        'task list --type') values='backup copy replication delete restore vault_delete remove_resource sync update_expiration_time' ;;
        'config init --vault') values='@vaults' ;;
        'config init --method') values='password access-key' ;;
        'config init --password-file') values='@files' ;;
        'config init --secret-key-file') values='@files' ;;
        'config set region') values='cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12 cn-east-2 cn-east-3 cn-east-4 cn-east-5 cn-south-1 cn-south-2 cn-south-4 cn-southwest-2 cn-southwest-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 my-kualalumpur-1 af-south-1 af-north-1 me-east-1 ae-ad-1 tr-west-1 sa-brazil-1 la-north-2 la-south-2 na-mexico-1 eu-west-0 eu-west-101 ru-moscow-1 ru-northwest-2 eu-de eu-nl eu-ch2' ;;
        'config set vault') values='@vaults' ;;
        'config set credential_source') values='metadata' ;;
        'config set keyring') values='auto secret-service kwallet macos windows none' ;;
        'config set ca_bundle') values='@files' ;;
        'config set password_file') values='@files' ;;
        'config set token_file') values='@files' ;;
        'config set secret_key_file') values='@files' ;;
        'auth login --method') values='password access-key' ;;
        'explain exit') values='0 1 2 3 4 5 6 7 8 10 11 12 13 14 15 129 130 143' ;;
        'help history') values='show' ;;
        'help vault') values='list show' ;;
        'help checkpoint') values='show' ;;
        'help copy') values='list show' ;;
        'help task') values='list show' ;;
        'help config') values='init list get set unset path' ;;
        'help auth') values='login logout status' ;;
        'help sandbox') values='serve run' ;;
        'help completion') values='install uninstall' ;;
        *' -o' | *' --output') values='table json jsonl id' ;;
        *' --color') values='auto always never' ;;
        *' --lang') values='en zh_CN' ;;
        *' --profile') values='@profiles' ;;
        *' --region') values='cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12 cn-east-2 cn-east-3 cn-east-4 cn-east-5 cn-south-1 cn-south-2 cn-south-4 cn-southwest-2 cn-southwest-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 my-kualalumpur-1 af-south-1 af-north-1 me-east-1 ae-ad-1 tr-west-1 sa-brazil-1 la-north-2 la-south-2 na-mexico-1 eu-west-0 eu-west-101 ru-moscow-1 ru-northwest-2 eu-de eu-nl eu-ch2' ;;
    esac
}

# Set `about` to what the word $2 is behind the command $1.
# shellcheck disable=SC2016 # signs of the shell are only signs here
_cbrctl_about() {
    about=''
    case $1 in
        '') case $2 in
            backup) about='Start a backup of one or many vaults and follow it to its end.' ;;
            wait) about='Follow checkpoints that were already started, by anyone, all at once.' ;;
            resume) about='Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.' ;;
            check) about='Check that every protected resource has a good copy, for monitoring.' ;;
            report) about='Show which resource has a good copy of which day, as a calendar.' ;;
            history) about='List what this machine submitted, and how each ended.' ;;
            vault) about='Vaults: where backups are kept.' ;;
            checkpoint) about='Checkpoints: what one backup request made.' ;;
            copy) about='Recovery copies of resources.' ;;
            task) about='Operation logs of the service.' ;;
            config) about='Profiles: settings that need not be given each time.' ;;
            auth) about='Credentials: store, check and remove them.' ;;
            doctor) about='Check configuration, credentials, network, clock and files; say what mends each.' ;;
            explain) about='Explain an error code, an exit code or an outcome, and what to do.' ;;
            sandbox) about='The practice cloud: a CBR and an IAM on this machine, to try and to test with.' ;;
            completion) about='Print the completion script of a shell.' ;;
            schema) about='Print the JSON Schema of an output document, or the names.' ;;
            options) about='Explain the common options.' ;;
            help) about='Show the help of a command, or on a topic.' ;;
            --version) about='Print the version; with -v also those of Python and the libraries.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'history') case $2 in
            show) about='Show one backup that this machine submitted, with its request.' ;;
            -V | --vault) about='Only of this vault.' ;;
            --since) about='Only newer: a duration (24h), a date or an RFC 3339 time.' ;;
            --limit) about='At most so many rows.' ;;
        esac ;;
        'vault') case $2 in
            list) about='List vaults, with size, used, status and resources.' ;;
            show) about='Show one vault and what it protects.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'checkpoint') case $2 in
            show) about='Show one restore point, and how far each resource is.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'copy') case $2 in
            list) about='List recovery copies (the API calls them backups).' ;;
            show) about='Show one recovery copy.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'task') case $2 in
            list) about='List operation logs: what ran, how far, with which error.' ;;
            show) about='Show one operation log.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'config') case $2 in
            init) about='Set up a profile: region, credentials, default vault; then a dry run.' ;;
            list) about='List each setting and where it came from.' ;;
            get) about='Print the value of one setting that is in force.' ;;
            set) about='Write a setting into a profile.' ;;
            unset) about='Take a setting out of a profile.' ;;
            path) about='Print where the configuration is.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'auth') case $2 in
            login) about='Verify credentials and keep them for a profile.' ;;
            logout) about='Remove what was kept for a profile.' ;;
            status) about='Show the credentials there are, and where they come from.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'sandbox') case $2 in
            serve) about='Serve the practice cloud until a signal.' ;;
            run) about='Run a command with the practice cloud'\''s variables set.' ;;
            -h | --help) about='Show this message and exit.' ;;
        esac ;;
        'completion') case $2 in
            install) about='Put the completion script where the shell looks.' ;;
            uninstall) about='Take away what cbrctl completion install has made.' ;;
        esac ;;
        'backup') case $2 in
            -V | --vault) about='Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' ;;
            -r | --resource) about='Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' ;;
            --all-vaults) about='Every vault of the project.' ;;
            --tag) about='Every vault with this tag; repeat: with all.' ;;
            --exclude) about='Of --all-vaults or --tag without this one; repeatable.' ;;
            --shard) about='Only share I of N of the selection, from 0.' ;;
            --exclude-volume) about='Leave out this volume; repeatable.' ;;
            --include-volume) about='Only this volume of it; repeatable.' ;;
            --incremental) about='Only what changed since the last one.' ;;
            --full) about='All of it. With neither, the service decides.' ;;
            --name) about='Name of the backup (default cbrctl-OPID). With one, a backup that failed at once is harder to find again.' ;;
            --description) about='Description of the backup.' ;;
            --auto-trigger) about='Mark it as an automatic backup.' ;;
            --no-auto-trigger) about='Mark it as a manual one.' ;;
            --retention-days) about='Keep it 1 to 36500 days, -1 for ever. Newer clouds only.' ;;
            --policy-id) about='Policy of an automatic backup. Newer clouds only.' ;;
            --no-marker) about='Send name and description exactly as given: a backup whose answer is lost is not found again then.' ;;
            --dry-run) about='Print the exact request and start nothing.' ;;
            --if-busy) about='When the vault is busy: exit 11 (default), wait, follow what runs, or do without.' ;;
            --on-skip) about='Whether skipped resources make it partial, exit 3 (default fail).' ;;
            --wait) about='Follow it to its end (default).' ;;
            --no-wait) about='Return once the service has accepted it.' ;;
            --timeout) about='How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.' ;;
            --poll-interval) about='Fixed pause between looks, at least 100ms (default: 3s growing to 30s).' ;;
            --run-key) about='Identity of this run: the same key is the same backup, on any machine, any day. CBRCTL_RUN_KEY' ;;
            --parallel) about='Submissions at a time (default 8).' ;;
            --settle) about='How long to look for a backup whose answer was lost (default 2m).' ;;
            --metrics-file) about='Write Prometheus metrics there when it ends; NAME.prom for node_exporter.' ;;
            --on-unknown) about='When it is not found: report it, exit 6 (default), or resend it once, which can make two backups.' ;;
        esac ;;
        'wait') case $2 in
            --timeout) about='How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.' ;;
            --poll-interval) about='Fixed pause between looks, at least 100ms (default: 3s growing to 30s).' ;;
            --on-skip) about='Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).' ;;
        esac ;;
        'resume') case $2 in
            --no-wait) about='Only settle what is open; follow nothing.' ;;
            --timeout) about='How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.' ;;
            --poll-interval) about='Fixed pause between looks, at least 100ms (default: 3s growing to 30s).' ;;
            --settle) about='How long to look for a backup whose answer was lost (default 2m), before exit 6.' ;;
            --on-skip) about='Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).' ;;
            --metrics-file) about='Write Prometheus metrics there when it ends; NAME.prom for node_exporter.' ;;
        esac ;;
        'check') case $2 in
            -V | --vault) about='Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' ;;
            -r | --resource) about='Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' ;;
            --all-vaults) about='Every vault of the project.' ;;
            --tag) about='Every vault with this tag; repeat: with all.' ;;
            --exclude) about='Of --all-vaults or --tag without this one; repeatable.' ;;
            --shard) about='Only share I of N of the selection, from 0.' ;;
            --max-age) about='How old a good copy may be, like 26h, counted from its beginning (default: any age).' ;;
            --metrics-file) about='Write Prometheus metrics there when it ends; NAME.prom for node_exporter.' ;;
        esac ;;
        'report') case $2 in
            -V | --vault) about='Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.' ;;
            -r | --resource) about='Only this resource, by id or name; repeatable. Without --vault its vault is looked up.' ;;
            --all-vaults) about='Every vault of the project.' ;;
            --tag) about='Every vault with this tag; repeat: with all.' ;;
            --exclude) about='Of --all-vaults or --tag without this one; repeatable.' ;;
            --shard) about='Only share I of N of the selection, from 0.' ;;
            --days) about='So many days up to today, at most 366 (default 30).' ;;
            --html) about='Write it as one page for a browser, without script or request, in place of the table.' ;;
        esac ;;
        'copy list') case $2 in
            -V | --vault) about='Only of this vault.' ;;
            --checkpoint) about='Only of this checkpoint.' ;;
            -r | --resource) about='Only of this resource.' ;;
            --status) about='Only with this status.' ;;
            --since) about='Only newer: a duration (24h), a date or an RFC 3339 time.' ;;
            --limit) about='At most so many rows.' ;;
        esac ;;
        'task list') case $2 in
            -V | --vault) about='Only of this vault.' ;;
            -r | --resource) about='Only of this resource.' ;;
            --status) about='Only with this status.' ;;
            --type) about='Only of this type, like backup.' ;;
            --since) about='Only newer: a duration (24h), a date or an RFC 3339 time.' ;;
            --limit) about='At most so many rows.' ;;
        esac ;;
        'config init') case $2 in
            --vault) about='Vault that is backed up where none is named, by name or id.' ;;
            --method) about='How to log in (default password).' ;;
            --username) about='IAM user.' ;;
            --user-id) about='IAM user, by id.' ;;
            --domain-name) about='Account of the user.' ;;
            --domain-id) about='Account of the user, by id.' ;;
            --password-file) about='File that holds the password, for machines without a keyring.' ;;
            --access-key) about='Access key; its secret is asked for.' ;;
            --secret-key-file) about='File that holds the secret key, likewise.' ;;
            --no-input) about='Ask nothing: a secret is read from standard input, and what is missing is an error.' ;;
        esac ;;
        'config get') case $2 in
            region) about='Region, like cn-north-4.' ;;
            project_id) about='Project; otherwise it is asked from IAM.' ;;
            project_name) about='Name of the project that is asked for; otherwise the region.' ;;
            enterprise_project_id) about='Enterprise project.' ;;
            vault) about='Vault that `cbrctl backup` and `check` take where none is named.' ;;
            endpoint) about='Address of CBR instead of the region'\''s.' ;;
            iam_endpoint) about='Address of IAM instead of the region'\''s.' ;;
            cloud_domain) about='Domain of a partner'\''s cloud, in the place of myhuaweicloud.com.' ;;
            ca_bundle) about='File with the certificates to trust.' ;;
            proxy) about='Proxy for https, without a password.' ;;
            username) about='IAM user.' ;;
            user_id) about='IAM user, by id.' ;;
            domain_name) about='Account of the user.' ;;
            domain_id) about='Account of the user, by id.' ;;
            password_file) about='File that holds the user'\''s password.' ;;
            token_file) about='File that holds a token.' ;;
            access_key) about='Access key.' ;;
            secret_key_file) about='File that holds the secret key.' ;;
            agency_name) about='Agency to assume.' ;;
            agency_domain_name) about='Account that the agency belongs to.' ;;
            credential_source) about='metadata: the agency of the cloud server that cbrctl runs on.' ;;
            cloud) about='Name of a cloud of clouds.yaml.' ;;
            keyring) about='Where secrets are kept: auto, secret-service, kwallet, macos, windows or none.' ;;
        esac ;;
        'config set') case $2 in
            region) about='Region, like cn-north-4.' ;;
            project_id) about='Project; otherwise it is asked from IAM.' ;;
            project_name) about='Name of the project that is asked for; otherwise the region.' ;;
            enterprise_project_id) about='Enterprise project.' ;;
            vault) about='Vault that `cbrctl backup` and `check` take where none is named.' ;;
            endpoint) about='Address of CBR instead of the region'\''s.' ;;
            iam_endpoint) about='Address of IAM instead of the region'\''s.' ;;
            cloud_domain) about='Domain of a partner'\''s cloud, in the place of myhuaweicloud.com.' ;;
            ca_bundle) about='File with the certificates to trust.' ;;
            proxy) about='Proxy for https, without a password.' ;;
            username) about='IAM user.' ;;
            user_id) about='IAM user, by id.' ;;
            domain_name) about='Account of the user.' ;;
            domain_id) about='Account of the user, by id.' ;;
            password_file) about='File that holds the user'\''s password.' ;;
            token_file) about='File that holds a token.' ;;
            access_key) about='Access key.' ;;
            secret_key_file) about='File that holds the secret key.' ;;
            agency_name) about='Agency to assume.' ;;
            agency_domain_name) about='Account that the agency belongs to.' ;;
            credential_source) about='metadata: the agency of the cloud server that cbrctl runs on.' ;;
            cloud) about='Name of a cloud of clouds.yaml.' ;;
            keyring) about='Where secrets are kept: auto, secret-service, kwallet, macos, windows or none.' ;;
        esac ;;
        'config unset') case $2 in
            region) about='Region, like cn-north-4.' ;;
            project_id) about='Project; otherwise it is asked from IAM.' ;;
            project_name) about='Name of the project that is asked for; otherwise the region.' ;;
            enterprise_project_id) about='Enterprise project.' ;;
            vault) about='Vault that `cbrctl backup` and `check` take where none is named.' ;;
            endpoint) about='Address of CBR instead of the region'\''s.' ;;
            iam_endpoint) about='Address of IAM instead of the region'\''s.' ;;
            cloud_domain) about='Domain of a partner'\''s cloud, in the place of myhuaweicloud.com.' ;;
            ca_bundle) about='File with the certificates to trust.' ;;
            proxy) about='Proxy for https, without a password.' ;;
            username) about='IAM user.' ;;
            user_id) about='IAM user, by id.' ;;
            domain_name) about='Account of the user.' ;;
            domain_id) about='Account of the user, by id.' ;;
            password_file) about='File that holds the user'\''s password.' ;;
            token_file) about='File that holds a token.' ;;
            access_key) about='Access key.' ;;
            secret_key_file) about='File that holds the secret key.' ;;
            agency_name) about='Agency to assume.' ;;
            agency_domain_name) about='Account that the agency belongs to.' ;;
            credential_source) about='metadata: the agency of the cloud server that cbrctl runs on.' ;;
            cloud) about='Name of a cloud of clouds.yaml.' ;;
            keyring) about='Where secrets are kept: auto, secret-service, kwallet, macos, windows or none.' ;;
        esac ;;
        'auth login') case $2 in
            --method) about='How to log in (default password).' ;;
            --username) about='IAM user.' ;;
            --user-id) about='IAM user, by id.' ;;
            --domain-name) about='Account of the user.' ;;
            --domain-id) about='Account of the user, by id.' ;;
            --access-key) about='Access key; its secret is asked for.' ;;
            --no-input) about='Ask nothing: a secret is read from standard input, and what is missing is an error.' ;;
        esac ;;
        'auth status') case $2 in
            --check) about='Ask IAM and CBR whether the ones in use are good.' ;;
        esac ;;
        'explain') case $2 in
            exit) about='An exit code.' ;;
            busy) about='The vault is being backed up.' ;;
            pending) about='The backup goes on and is not followed any more.' ;;
            partial) about='Some resources were skipped or failed.' ;;
            capacity) about='The vault has no room for the backup.' ;;
            refused) about='The service refused, and no backup was started.' ;;
            not-found) about='What was asked for does not exist, or its name fits several.' ;;
            throttled) about='The service is refusing requests for their rate.' ;;
            unreachable) about='The service could not be reached, or gave no usable answer.' ;;
            auth) about='The credentials are missing, wrong or ended, or do not allow this.' ;;
            local-state) about='A file or folder on this machine cannot be used.' ;;
            failed) about='The backup failed.' ;;
            unknown) about='Whether a backup was started is not known.' ;;
            internal) about='Something went wrong inside cbrctl.' ;;
            usage) about='The command cannot be run as it was given.' ;;
            signal) about='A signal stopped it.' ;;
            completed) about='The backup is complete.' ;;
            accepted) about='The service has accepted the backup.' ;;
            skipped) about='No backup was started, as it was asked.' ;;
            planned) about='The request was shown and not sent.' ;;
            error) about='It ended before a backup was started.' ;;
            0001) about='Nothing in the vault can be backed up now, often because all of it is being backed up already.' ;;
            0002) about='The resources are being backed up already.' ;;
            1001) about='A backup of this vault is already running.' ;;
            6125) about='A backup of this vault is already running.' ;;
            6203) about='A backup of this vault is already running.' ;;
            2002) about='The resource is being backed up already.' ;;
            2010) about='The resource is being restored from a backup.' ;;
            6130) about='The copies of this vault are being replicated to another place.' ;;
            6134) about='Resources are being taken out of the vault.' ;;
            7200) about='A cloud database is being backed up already.' ;;
            6114) about='The vault is full: its backups use more than its size.' ;;
            6142) about='Every vault is full.' ;;
            6105) about='There is no such vault in this project and region.' ;;
            6200) about='There is no such copy.' ;;
            6217) about='There is no such checkpoint.' ;;
            6302) about='The resource does not exist.' ;;
            6500) about='There is no such task.' ;;
            6501) about='There is no such task.' ;;
            7000) about='The disk does not exist.' ;;
            7100) about='The server does not exist.' ;;
            8600) about='The account is not verified with its owner'\''s real name.' ;;
            9998) about='The service did not accept the credentials.' ;;
            6102) about='The vault does not accept this type of resource.' ;;
            6112) about='The vault'\''s status is not valid for this request.' ;;
            6113) about='The vault'\''s status does not allow a backup.' ;;
            6124) about='A vault of this type cannot back anything up; it holds replicated copies.' ;;
            6126) about='The vault may not take backups of databases.' ;;
            6135) about='The resource does not belong to this vault.' ;;
            6137) about='A server'\''s disk cannot be in several vaults.' ;;
            6215) about='The resource'\''s status does not allow a backup.' ;;
            6300) about='The resource'\''s type does not fit the kind of backup asked for.' ;;
            6301) about='The service does not know the kind of backup asked for.' ;;
            7001) about='Disks on dedicated storage cannot be backed up.' ;;
            7002) about='SCSI disks cannot be backed up.' ;;
            7003) about='The disk'\''s status does not allow a backup.' ;;
            7004) about='The service does not allow this disk to be backed up.' ;;
            7007) about='The disk was made too long ago to be backed up.' ;;
            7101) about='The server'\''s status does not allow a backup.' ;;
            7102) about='The server is stopped.' ;;
            7103) about='The service does not allow this server to be backed up.' ;;
            7104) about='Servers with SCSI disks cannot be backed up.' ;;
            7105) about='The server'\''s disks are on different kinds of storage, so they cannot be backed up together.' ;;
            7106) about='Shared disks cannot be backed up.' ;;
            7107) about='The server has too many shared disks.' ;;
            7108) about='The server has no disk that could be backed up.' ;;
            7109) about='Bare metal servers cannot be backed up here.' ;;
            7111) about='Servers with disks on dedicated storage cannot be backed up.' ;;
            7113) about='Local disks of bare metal servers cannot be backed up.' ;;
            8300) about='The number of snapshots allowed is used up.' ;;
            9900) about='The service did not accept a value in the request.' ;;
            9910) about='The service had an unknown fault of its own.' ;;
            APIGW.0101) about='The address does not offer this function in this region.' ;;
            APIGW.0103) about='The gateway found no service behind this address.' ;;
            APIGW.0104) about='The gateway has no valid definition for this request.' ;;
            APIGW.0105) about='The gateway has no valid definition for this request.' ;;
            APIGW.0106) about='The gateway has no valid definition for this request.' ;;
            APIGW.0201) about='The request was invalid or too large, or the service behind the gateway did not answer.' ;;
            APIGW.0202) about='The service behind the gateway could not be reached or did not answer in time.' ;;
            APIGW.0203) about='The service behind the gateway could not be reached or did not answer in time.' ;;
            APIGW.0301) about='The token or access key was not accepted.' ;;
            APIGW.0302) about='The user is not allowed to call this service.' ;;
            APIGW.0304) about='The user is not allowed to call this service.' ;;
            APIGW.0306) about='The user is not allowed to call this service.' ;;
            APIGW.0303) about='The credentials of the request were not accepted.' ;;
            APIGW.0305) about='The credentials of the request were not accepted.' ;;
            APIGW.0311) about='The credentials of the request were not accepted.' ;;
            APIGW.0307) about='The token has to be renewed, or it belongs to another region.' ;;
            APIGW.0308) about='The service received too many requests in a short time.' ;;
            APIGW.0310) about='The project is not available.' ;;
            APIGW.0401) about='Calls from this address or account are blocked.' ;;
            APIGW.0402) about='Calls from this address or account are blocked.' ;;
            APIGW.0404) about='Calls from this address or account are blocked.' ;;
            APIGW.0501) about='The gateway takes no more calls from this caller.' ;;
            APIGW.0502) about='The gateway takes no more calls from this caller.' ;;
            APIGW.0601) about='The gateway had a fault of its own.' ;;
            APIGW.0605) about='The gateway had a fault of its own.' ;;
            APIGW.0606) about='The gateway had a fault of its own.' ;;
            APIGW.0608) about='The gateway had a fault of its own.' ;;
            APIGW.0609) about='The gateway had a fault of its own.' ;;
            APIGW.0611) about='The gateway had a fault of its own.' ;;
            APIGW.0612) about='The gateway had a fault of its own.' ;;
            APIGW.0602) about='The gateway could not make sense of the request.' ;;
            APIGW.0607) about='The gateway could not make sense of the request.' ;;
            APIGW.0610) about='The gateway could not reach the service behind it.' ;;
            APIGW.0613) about='The gateway could not reach the login service.' ;;
            APIGW.0705) about='The gateway could not pass the request on.' ;;
            APIGW.0801) about='The service may not be used from this address or in this region.' ;;
            APIGW.0802) about='The service may not be used from this address or in this region.' ;;
            IAM.0001) about='The login service did not accept the credentials.' ;;
            IAM.0002) about='The user is not allowed to do this.' ;;
            IAM.0003) about='The user is not allowed to do this.' ;;
            IAM.0004) about='What was asked for does not exist in this account.' ;;
            IAM.0005) about='The request clashes with another change that was made at the same time.' ;;
            IAM.0006) about='The login service had a fault of its own.' ;;
            IAM.0007) about='The login service did not accept a value in the request.' ;;
            IAM.0011) about='The login service did not accept a value in the request.' ;;
            IAM.1101) about='The login service did not accept a value in the request.' ;;
            IAM.1102) about='The login service did not accept a value in the request.' ;;
            IAM.1103) about='The login service did not accept a value in the request.' ;;
            IAM.0012) about='The login service received too many requests in a short time.' ;;
            IAM.0020) about='The login service of this region has a fault and was moved to another region.' ;;
            IAM.0061) about='The user is locked.' ;;
            IAM.0062) about='The password is wrong.' ;;
            IAM.0063) about='The token was not accepted.' ;;
            IAM.0067) about='The token was not accepted.' ;;
            IAM.0064) about='The token does not carry the permission that is needed.' ;;
            IAM.0066) about='The token has expired.' ;;
            IAM.0080) about='The user of this access key is disabled.' ;;
            IAM.0081) about='The user may use the console only.' ;;
            IAM.0082) about='The user is disabled.' ;;
            IAM.0083) about='The user may not use this region.' ;;
            IAM.1061) about='The one-time code is wrong or too old.' ;;
            IAM.1104) about='The access key is blocked or switched off.' ;;
            IAM.1107) about='The access key is blocked or switched off.' ;;
            IAM.1105) about='The access key has expired.' ;;
            IAM.1106) about='The user of this access key does not exist.' ;;
            IAM.1108) about='The temporary access key has expired.' ;;
            IAM.1109) about='The project was not found.' ;;
            option-as-value) about='An unset variable in its place leaves such a line.' ;;
            empty-value) about='An unset shell variable looks like that.' ;;
            secret-option) about='A secret is never an option: others can see the arguments of a program.' ;;
            contradicting-key) about='The marker is how the same key finds the same backup.' ;;
            key-of-another) about='The same key means the same backup.' ;;
            old-backup) about='The backup of this run key is more than a day old.' ;;
            no-region) about='The region is not known.' ;;
            no-project) about='The project is not known.' ;;
            plain-http) about='Plain http would show the token; it is for this machine only.' ;;
            no-neighbour) about='IAM is IAM (ORIGIN), which has no CBR beside it.' ;;
            no-credentials) about='No token, no IAM user and no access key was found.' ;;
            incomplete-credentials) about='FOUND is set, but MISSING is not.' ;;
            login-refused) about='The user, the password, the code, the account or the project is wrong, or the account is locked (at ADDRESS).' ;;
            passcode-needed) about='IAM asks for a one-time code of this user as well.' ;;
            unscoped-token) about='CBR needs one.' ;;
            secret-writable) about='They could put in a secret of theirs.' ;;
            no-keyring) about='There is no keyring that cbrctl could use here.' ;;
            keyring-locked) about='It asked for its own password and got none.' ;;
            region-mistyped) about='Its address could not be reached.' ;;
            host-unknown) about='The address of HOST is not found.' ;;
            tls-failed) about='There is no trusted connection to HOST.' ;;
            clock-wrong) about='From 15 minutes on the service refuses signed requests.' ;;
            home-of-another) about='Nothing was read or written there.' ;;
            unsafe-file) about='cbrctl'\''s own files are for you alone.' ;;
            journal-unusable) about='The journal cannot be kept: PATH. Nothing was sent.' ;;
            journal-damaged) about='The journal was damaged or is no journal. It was moved to ASIDE. Nothing was sent.' ;;
            journal-newer) about='The journal was written by a newer cbrctl: PATH. Nothing was sent.' ;;
            vault-held) about='Another cbrctl is starting a backup of this vault.' ;;
            no-answer) about='The service could not be reached.' ;;
            post-not-sent) about='The service could not be reached. Nothing was sent.' ;;
            list-not-whole) about='What it does not show may be there.' ;;
            unsettled) about='Nothing was sent now. It is certain when 15 minutes have passed (a day where tasks may not be listed) and the service'\''s lists are whole.' ;;
            checkpoint-deleted) about='The checkpoint is gone: it was deleted, or the service never came to know it.' ;;
            not-accounted-for) about='The backup is not certainly whole: GOOD done, and something that the service names cannot be read.' ;;
            no-available-copy) about='LACKING of TOTAL protected resources have no available copy.' ;;
            no-young-copy) about='Older: OLD. None at all: WITHOUT. Of unknown time: UNDATED.' ;;
            unknown-for-ever) about='Backups of the vault began at that time; one of them may be it, but nothing that is left carries its marker.' ;;
            output-lost) about='The result could not be written to standard output.' ;;
        esac ;;
        'explain exit') case $2 in
            0) about='It ended as it was asked to.' ;;
            1) about='Something went wrong inside cbrctl.' ;;
            2) about='The command cannot be run as it was given.' ;;
            3) about='Some resources were skipped or failed.' ;;
            4) about='The backup failed.' ;;
            5) about='The backup goes on and is not followed any more.' ;;
            6) about='Whether a backup was started is not known.' ;;
            7) about='The service could not be reached, or gave no usable answer.' ;;
            8) about='The service is refusing requests for their rate.' ;;
            10) about='What was asked for does not exist, or its name fits several.' ;;
            11) about='The vault is being backed up.' ;;
            12) about='The credentials are missing, wrong or ended, or do not allow this.' ;;
            13) about='The vault has no room for the backup.' ;;
            14) about='The service refused.' ;;
            15) about='A file or folder on this machine cannot be used.' ;;
            129) about='A signal stopped it.' ;;
            130) about='A signal stopped it.' ;;
            143) about='A signal stopped it.' ;;
        esac ;;
        'sandbox serve') case $2 in
            --port) about='Port on 127.0.0.1; 0 takes a free one (default).' ;;
            --fault) about='Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.' ;;
        esac ;;
        'sandbox run') case $2 in
            --fault) about='Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.' ;;
        esac ;;
        'schema') case $2 in
            auth) about='Sets of credentials, without their secrets' ;;
            backup) about='Result of cbrctl backup, wait and resume' ;;
            check) about='Which protected resources have a good copy' ;;
            checkpoint) about='One checkpoint' ;;
            config) about='Settings and where they come from' ;;
            copies) about='List of recovery copies' ;;
            copy) about='One recovery copy' ;;
            doctor) about='What cbrctl doctor found' ;;
            error) about='What failed before any vault was reached' ;;
            event) about='A line of -o jsonl' ;;
            explain) about='What errors, exit codes and outcomes mean' ;;
            history) about='List of what this machine submitted' ;;
            op) about='One backup that this machine submitted' ;;
            report) about='Which resource has a good copy of which day' ;;
            sandbox) about='Address and credentials of the practice cloud' ;;
            task) about='One task (operation log)' ;;
            tasks) about='List of tasks (operation logs)' ;;
            vault) about='One vault' ;;
            vaults) about='List of vaults' ;;
        esac ;;
        'help') case $2 in
            backup) about='Start a backup of one or many vaults and follow it to its end.' ;;
            wait) about='Follow checkpoints that were already started, by anyone, all at once.' ;;
            resume) about='Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.' ;;
            check) about='Check that every protected resource has a good copy, for monitoring.' ;;
            report) about='Show which resource has a good copy of which day, as a calendar.' ;;
            history) about='List what this machine submitted, and how each ended.' ;;
            vault) about='Vaults: where backups are kept.' ;;
            checkpoint) about='Checkpoints: what one backup request made.' ;;
            copy) about='Recovery copies of resources.' ;;
            task) about='Operation logs of the service.' ;;
            config) about='Profiles: settings that need not be given each time.' ;;
            auth) about='Credentials: store, check and remove them.' ;;
            doctor) about='Check configuration, credentials, network, clock and files; say what mends each.' ;;
            explain) about='Explain an error code, an exit code or an outcome, and what to do.' ;;
            sandbox) about='The practice cloud: a CBR and an IAM on this machine, to try and to test with.' ;;
            completion) about='Print the completion script of a shell.' ;;
            schema) about='Print the JSON Schema of an output document, or the names.' ;;
            options) about='Explain the common options.' ;;
            exit-codes) about='Topic: man cbrctl-exit-codes' ;;
            json) about='Topic: man cbrctl-json' ;;
            environment) about='Topic: man cbrctl-environment' ;;
        esac ;;
        'help history') case $2 in
            show) about='Show one backup that this machine submitted, with its request.' ;;
        esac ;;
        'help vault') case $2 in
            list) about='List vaults, with size, used, status and resources.' ;;
            show) about='Show one vault and what it protects.' ;;
        esac ;;
        'help checkpoint') case $2 in
            show) about='Show one restore point, and how far each resource is.' ;;
        esac ;;
        'help copy') case $2 in
            list) about='List recovery copies (the API calls them backups).' ;;
            show) about='Show one recovery copy.' ;;
        esac ;;
        'help task') case $2 in
            list) about='List operation logs: what ran, how far, with which error.' ;;
            show) about='Show one operation log.' ;;
        esac ;;
        'help config') case $2 in
            init) about='Set up a profile: region, credentials, default vault; then a dry run.' ;;
            list) about='List each setting and where it came from.' ;;
            get) about='Print the value of one setting that is in force.' ;;
            set) about='Write a setting into a profile.' ;;
            unset) about='Take a setting out of a profile.' ;;
            path) about='Print where the configuration is.' ;;
        esac ;;
        'help auth') case $2 in
            login) about='Verify credentials and keep them for a profile.' ;;
            logout) about='Remove what was kept for a profile.' ;;
            status) about='Show the credentials there are, and where they come from.' ;;
        esac ;;
        'help sandbox') case $2 in
            serve) about='Serve the practice cloud until a signal.' ;;
            run) about='Run a command with the practice cloud'\''s variables set.' ;;
        esac ;;
        'help completion') case $2 in
            install) about='Put the completion script where the shell looks.' ;;
            uninstall) about='Take away what cbrctl completion install has made.' ;;
        esac ;;
    esac
    [[ -z $about ]] && case $2 in
            -o | --output) about='table (default), json, jsonl or id. CBRCTL_OUTPUT' ;;
            --query) about='Of the JSON document only this, a text without quotes; implies -o json.' ;;
            -q | --quiet) about='Nothing on standard error while all is well; -qq: nothing at all.' ;;
            -v | --verbose) about='Show each request and its id on standard error; -vv, -vvv: what is sent and answered too.' ;;
            --color) about='auto (default), always or never.' ;;
            --lang) about='en or zh_CN: of what people read; otherwise by the locale. CBRCTL_LANG' ;;
            -h | --help) about='Show this message and exit.' ;;
            --profile) about='Profile of the configuration. CBRCTL_PROFILE' ;;
            --region) about='Region, like cn-north-4. CBRCTL_REGION' ;;
            --project-id) about='Project; otherwise asked from IAM. CBRCTL_PROJECT_ID' ;;
            --endpoint) about='Address of CBR instead of the region'\''s. CBRCTL_ENDPOINT' ;;
            --iam-endpoint) about='Address of IAM instead of the region'\''s. CBRCTL_IAM_ENDPOINT' ;;
            --enterprise-project-id) about='Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID' ;;
            --no-cache) about='Log in anew: no token is kept, and no kept one used.' ;;
            --sandbox) about='Run against a practice cloud in this process: no account, no network, no files.' ;;
    esac
}

# Read the line as far as the cursor: `words`, without their quotes; of the last one `cur`, and `kept` of it, which stays
# as it is typed since readline puts its word behind it; `quote` is open in it.
_cbrctl_read() {
    local line=${COMP_LINE:0:COMP_POINT} i sign began=''
    words=() cur='' kept='' quote=''
    for ((i = 0; i < ${#line}; i++)); do
        sign=${line:i:1}
        if [[ $sign == "$quote" ]]; then
            quote='' kept=$cur
        elif [[ $quote == "'" ]]; then
            cur+=$sign
        elif [[ $sign == \\ ]]; then
            ((i++))
            sign=${line:i:1} began=1
            [[ $quote == '"' && $sign != [\"\\\$\`] ]] && cur+=\\
            cur+=$sign
        elif [[ -n $quote ]]; then
            cur+=$sign
        elif [[ $sign == [\'\"] ]]; then
            quote=$sign kept=$cur began=1
        elif [[ $sign == [[:space:]] ]]; then
            [[ -n $began$cur ]] && words+=("$cur")
            cur='' kept='' began=''
        else
            cur+=$sign
            [[ $COMP_WORDBREAKS == *"$sign"* ]] && kept=$cur
        fi
    done
}

# Set `quoted` to the text $1 as it is written where the cursor stands.
_cbrctl_quote() {
    local i sign
    quoted=$1
    [[ $1 == *[!A-Za-z0-9_./:=@%+,-]* ]] || return
    quoted=''
    for ((i = 0; i < ${#1}; i++)); do
        sign=${1:i:1}
        case $quote in
            \') [[ $sign == \' ]] && sign="'\\''" ;;
            \") [[ $sign == [\"\\\$\`] ]] && sign=\\$sign ;;
            *) [[ $sign == [\'\"\\\$\`\ \	\&\;\<\>\(\)\|*?\[\]{}!#~^] ]] && sign=\\$sign ;;
        esac
        quoted+=$sign
    done
    # readline closes the quote unless its sign stands there already
    [[ -n $quote && $quoted == *"$quote" ]] && quoted+=$quote
}

# Offer $1 behind `stem`, where it begins like the current word; $2 says what it is.
_cbrctl_offer() {
    local word=$stem$1 quoted
    [[ $word == "$cur"* ]] || return
    _cbrctl_quote "${word:${#kept}}"
    COMPREPLY+=("$quoted")
    abouts+=("$2")
}

# Offer the words $1 of the command `path`; $2 is the option that takes them, if one does: they are not told about then.
_cbrctl_offer_words() {
    local word about
    for word in $1; do
        [[ $stem$word == "$cur"* ]] || continue
        about=''
        # descriptions are listed after the second TAB
        [[ $COMP_TYPE == 63 && -z $2 ]] && _cbrctl_about "$path" "$word"
        _cbrctl_offer "$word" "$about"
    done
}

# Offer what a place takes: fixed words, `@kind` that cbrctl is asked for, or `@files`. $2 is the option, if one takes it.
_cbrctl_offer_values() {
    local value about program=cbrctl word=${words[start]}
    case $1 in
        @files)
            compopt -o filenames 2>/dev/null
            while IFS= read -r value; do
                COMPREPLY+=("${stem:${#kept}}$value")
            done < <(compgen -f -- "${cur#"$stem"}")
            ;;
        @*)
            # the first one is the one that is wanted most; older ones than bash 4.4 sort
            case $1 in @ops | @checkpoints | @copies | @tasks) compopt -o nosort 2>/dev/null ;; esac
            # shellcheck disable=SC2088 # the tilde is the one that was typed
            [[ $word == '~/'* ]] && word=$HOME/${word:2}
            [[ $word == */* ]] && program=$word
            while IFS=$'\t' read -r value about; do
                _cbrctl_offer "$value" "$about"
            done < <(command "$program" __complete "${1#@}" "${cur#"$stem"}" "${words[@]:start+1}" 2>/dev/null </dev/null)
            ;;
        *) _cbrctl_offer_words "$1" "$2" ;;
    esac
}

# Set `option` to the option that the word $1 leaves without its value, like -o of -qo; to nothing where it has none.
_cbrctl_open_option() {
    local letters=${1#-}
    option=$1
    if [[ $1 == -[!-]* ]]; then
        while option=-${letters:0:1} && [[ ${#letters} -gt 1 ]]; do
            [[ " $valued " == *" $option "* ]] && break
            letters=${letters:1}
        done
        [[ ${#letters} -gt 1 ]] && option=''
    fi
    [[ -n $option && " $valued " == *" $option "* ]] || option=''
}

# Set `option` and `stem` where the current word holds an option and the beginning of its value: --vault=x, -Vx, -qVx.
_cbrctl_split() {
    local i
    if [[ $cur == --*=* ]]; then
        _cbrctl_open_option "${cur%%=*}" && stem=${cur%%=*}=
    elif [[ $cur == -[!-]* ]]; then
        for ((i = 1; i < ${#cur} - 1; i++)); do
            [[ " $valued " == *" -${cur:i:1} "* ]] || continue
            option=-${cur:i:1} stem=${cur:0:i+1}
            return
        done
    fi
}

# Complete another program's command line, which begins at word $1; bash counts its own words otherwise.
_cbrctl_command() {
    local at=0 seen=0 i
    for ((i = 0; i < $1; i++)); do
        [[ ${words[i]} == -- ]] && ((seen++))
    done
    while ((seen > 0)); do
        [[ ${COMP_WORDS[at]} == -- ]] && ((seen--))
        ((at++))
    done
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$at"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$at"
    elif [[ ${#words[@]} -gt $1 && ${words[$1]} == cbrctl ]]; then
        _cbrctl_from "$1"
    else
        local kind=-f word
        [[ ${#words[@]} -eq $1 ]] && kind=-c
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen $kind -- "${COMP_WORDS[COMP_CWORD]}")
    fi
}

# Complete the command line of cbrctl, which begins at word $1.
_cbrctl_from() {
    local start=$1 i word path='' members flags valued option='' stem='' values='' place=0 first=''
    local -a arguments
    _cbrctl_takes ''
    for ((i = start + 1; i < ${#words[@]}; i++)); do
        [[ -n $members ]] || break
        if [[ " $members " != *" ${words[i]} "* ]]; then
            # a command that has members too: what follows is its own
            [[ -n $valued ]] || return
            members=''
            break
        fi
        path="${path:+$path }${words[i]}"
        _cbrctl_takes "$path"
    done
    for (( ; i < ${#words[@]}; i++)); do
        word=${words[i]}
        if [[ $word == -- ]]; then
            [[ ${arguments[0]} == -- ]] && _cbrctl_command $((i + 1))
            return
        elif [[ $word == -?* ]]; then
            _cbrctl_open_option "$word"
            [[ -n $option ]] && ((i++))
        else
            ((place++)) || first=$word
        fi
    done
    # the loop stands behind the line where its last word is an option without a value
    if ((i == ${#words[@]})); then
        option=''
        _cbrctl_split
    fi
    if [[ -n $option ]]; then
        _cbrctl_values "$path" "$option"
        _cbrctl_offer_values "$values" "$option"
        return
    fi
    # the last place may be taken again and again
    ((${#arguments[@]} > 0 && place >= ${#arguments[@]})) && [[ ${arguments[${#arguments[@]} - 1]} == *... ]] &&
        place=$((${#arguments[@]} - 1))
    if ((place == 1)); then
        _cbrctl_values "$path" "$first"
        [[ -n $values && $cur != -* ]] && path="$path $first"
    fi
    values=${values:-${arguments[place]}}
    # options unasked only where no word must come first
    if [[ $cur == -* || (-z $values && (-z $members || -n $valued)) ]]; then
        _cbrctl_offer_words "$flags $valued"
    fi
    _cbrctl_offer_words "$members"
    _cbrctl_offer_values "${values%...}"
}

# Complete: called by bash.
_cbrctl() {
    local IFS=$' \t\n' words cur kept quote abouts i wide=0
    COMPREPLY=() abouts=()
    _cbrctl_read
    _cbrctl_from 0
    # what is listed alone says what it is; what is put into the line does not
    if [[ $COMP_TYPE == 63 && ${#COMPREPLY[@]} -gt 1 && ${#abouts[@]} -eq ${#COMPREPLY[@]} ]]; then
        for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
            ((${#COMPREPLY[i]} > wide)) && wide=${#COMPREPLY[i]}
        done
        for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
            [[ -n ${abouts[i]} ]] || continue
            printf -v 'COMPREPLY[i]' "%-${wide}s  (%s)" "${COMPREPLY[i]}" "${abouts[i]}"
            ((${#COMPREPLY[i]} < ${COLUMNS:-80})) || COMPREPLY[i]=${COMPREPLY[i]:0:${COLUMNS:-80}-4}...
        done
    fi
}

complete -F _cbrctl cbrctl
