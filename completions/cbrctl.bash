# bash completion of cbrctl 0.1.0
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# It starts no program while you type. Bash 3.2, which macOS has, reads it too.

# Set what may follow the command $1: members, or flags, options with a value, and an argument's words.
# `done_by` are the words after which no more arguments are offered.
_cbrctl_takes() {
    local display_flags='-q --quiet -v --verbose -h --help'
    local display_valued='-o --output --color --lang'
    local connection_flags='--no-cache --sandbox'
    local connection_valued='--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id'
    members='' flags='' valued='' arguments='' done_by=''
    case $1 in
        '')
            members='backup wait resume check report history vault checkpoint copy task config auth doctor explain sandbox completion schema options'
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
        'backup')
            flags="--all-vaults --incremental --full --auto-trigger --no-auto-trigger --no-marker --dry-run --wait --no-wait $display_flags $connection_flags"
            valued="-V --vault -r --resource --tag --exclude --shard --exclude-volume --include-volume --name --description --retention-days --policy-id --if-busy --on-skip --timeout --poll-interval --run-key --parallel --settle --metrics-file --on-unknown $display_valued $connection_valued"
            ;;
        'wait')
            flags="$display_flags $connection_flags"
            valued="--timeout --poll-interval --on-skip $display_valued $connection_valued"
            arguments=' '
            ;;
        'resume')
            flags="--no-wait $display_flags $connection_flags"
            valued="--timeout --poll-interval --settle --on-skip --metrics-file $display_valued $connection_valued"
            arguments=' '
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
            arguments=' '
            ;;
        'vault list')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            ;;
        'vault show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=' '
            ;;
        'checkpoint show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=' '
            ;;
        'copy list')
            flags="$display_flags $connection_flags"
            valued="-V --vault --checkpoint -r --resource --status --since --limit $display_valued $connection_valued"
            ;;
        'copy show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=' '
            ;;
        'task list')
            flags="$display_flags $connection_flags"
            valued="-V --vault -r --resource --status --type --since --limit $display_valued $connection_valued"
            ;;
        'task show')
            flags="$display_flags $connection_flags"
            valued="$display_valued $connection_valued"
            arguments=' '
            ;;
        'config init')
            flags="--no-cache $display_flags"
            valued="--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            ;;
        'config list')
            flags="--no-cache $display_flags"
            valued="--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            ;;
        'config get')
            flags="--no-cache $display_flags"
            valued="--profile --region --project-id --endpoint --iam-endpoint --enterprise-project-id $display_valued"
            arguments=' '
            ;;
        'config set')
            flags="$display_flags"
            valued="--profile $display_valued"
            arguments=' '
            ;;
        'config unset')
            flags="$display_flags"
            valued="--profile $display_valued"
            arguments=' '
            ;;
        'config path')
            flags="$display_flags"
            valued="$display_valued"
            ;;
        'auth login')
            flags="--no-cache $display_flags"
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
            arguments=' '
            ;;
        'sandbox serve')
            flags="$display_flags"
            valued="--port --fault $display_valued"
            ;;
        'sandbox run')
            flags="$display_flags"
            valued="--fault $display_valued"
            arguments='--'
            ;;
        'completion')
            flags="$display_flags"
            valued="$display_valued"
            arguments='bash zsh fish'
            done_by='bash zsh fish'
            ;;
        'schema')
            flags="$display_flags"
            valued="$display_valued"
            arguments='auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults'
            done_by='auth backup check checkpoint config copies copy doctor error event explain history op report sandbox task tasks vault vaults'
            ;;
        'options')
            flags="$display_flags"
            valued="$display_valued"
            ;;
    esac
}

# Set the values of the option $2 of the command $1, or `files` where it takes one.
_cbrctl_values() {
    values=''
    case "$1 $2" in
        *' -o' | *' --output') values='table json jsonl id' ;;
        *' --color') values='auto always never' ;;
        *' --lang') values='en zh_CN' ;;
        'backup --if-busy') values='fail wait attach skip' ;;
        'backup --on-skip') values='fail ignore' ;;
        'backup --metrics-file') files=1 ;;
        'backup --on-unknown') values='report resend' ;;
        'wait --on-skip') values='fail ignore' ;;
        'resume --on-skip') values='fail ignore' ;;
        'resume --metrics-file') files=1 ;;
        'check --metrics-file') files=1 ;;
        'report --html') files=1 ;;
    esac
}

# Offer those of the words $1 that begin like the current one.
_cbrctl_offer() {
    local word
    for word in $1; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$prefix$word")
    done
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

# Complete another program's command line, which begins at word $1.
_cbrctl_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [[ $COMP_CWORD -gt $1 && ${COMP_WORDS[$1]} == cbrctl ]]; then
        _cbrctl_from "$1"
    else
        local kind=-f word
        [[ $COMP_CWORD -eq $1 ]] && kind=-c
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen $kind -- "${COMP_WORDS[COMP_CWORD]}")
    fi
}

# Complete the command line of cbrctl, which begins at word $1.
_cbrctl_from() {
    local i word path='' members flags valued arguments done_by values files='' option=''
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} prefix=''
    _cbrctl_takes ''
    for ((i = $1 + 1; i < COMP_CWORD; i++)); do
        [[ -n $members ]] || break
        if [[ " $members " != *" ${COMP_WORDS[i]} "* ]]; then
            # a command that has members too: what follows is its own
            [[ -n $valued ]] || return
            members=''
            break
        fi
        path="${path:+$path }${COMP_WORDS[i]}"
        _cbrctl_takes "$path"
    done
    for (( ; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -- ]]; then
            [[ $arguments == -- ]] && _cbrctl_command $((i + 1))
            return
        fi
        [[ -n $done_by && " $done_by " == *" $word "* ]] && arguments=''
    done
    # `=` is a word of its own unless COMP_WORDBREAKS was changed
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == --*=* ]]; then
        before=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
    fi
    _cbrctl_open_option "$before"
    if [[ -n $option ]]; then
        _cbrctl_values "$path" "$option"
        _cbrctl_offer "$values"
    else
        # options unasked only where no word must come first
        if [[ $cur == -* || ( -z $arguments && ( -z $members || -n $valued ) ) ]]; then
            _cbrctl_offer "$flags $valued"
        fi
        _cbrctl_offer "$members $arguments"
    fi
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$prefix$word")
        done < <(compgen -f -- "$cur")
    fi
}

_cbrctl() {
    local IFS=$' \t\n'
    COMPREPLY=()
    _cbrctl_from 0
}

complete -F _cbrctl cbrctl
