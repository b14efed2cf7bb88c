"""The part of the bash script that no command changes: it reads the line, and offers what may follow."""

HEAD = """\
# bash completion of cbrctl @VERSION@
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# Commands, options and fixed values are known here; for names cbrctl is asked, which asks no service. Bash 3.2, which macOS
# has, reads it too.
"""

MAIN = r"""# Read the line as far as the cursor: `words`, without their quotes; of the last one `cur`, and `kept` of it, which stays
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
"""
