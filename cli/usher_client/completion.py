"""Completion for bash, zsh and fish, made from the commands themselves. Names and references are the portal's."""

import argparse
from collections.abc import Callable, Mapping
from typing import Final

_COLUMN: Final = "2>/dev/null | sed -n '2,$s/ .*//p'"
_REVIEW: Final = f"usher list --review {_COLUMN}"
_MINE: Final = f"usher list {_COLUMN}"
_HELD: Final = f"usher list --grants {_COLUMN}"
_NAMES: Final = f"usher targets {_COLUMN}"
# What may stand behind each command, by the command that lists it.
_WORDS: Final[Mapping[str, str]] = {
    "ask": _NAMES, "run": _NAMES, "approve": _REVIEW, "deny": _REVIEW, "show": _MINE, "wait": _MINE, "withdraw": _MINE,
    "done": _HELD, "end": _HELD, "extend": _HELD,
}  # fmt: skip

# Which command is typed, whatever options stand before it, and whatever words behind it are called as one.
_FISH_COMMAND: Final = """\
function __usher_command
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --url --profile
                set skip 1
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end
function __usher_is
    test (__usher_command) = $argv[1] 2>/dev/null
end"""


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Write the script for a shell, to be sourced or put where it looks for completions."""
    [ways] = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    helps = {one.dest: one.help or "" for one in ways._choices_actions}
    options = {
        name: {flag: one.help or "" for one in each._actions for flag in one.option_strings if flag.startswith("--")}
        for name, each in ways.choices.items()
    }
    return SHELLS[shell](helps, options)


def _bash(helps: Mapping[str, str], options: Mapping[str, Mapping[str, str]]) -> str:
    cases = "\n".join(f'        {name}) words="{" ".join(flags)}" ;;' for name, flags in options.items())
    listed = "\n".join(
        f"        {name}) [[ $current == -* ]] || words=$({command}) ;;" for name, command in _WORDS.items()
    )
    return f"""\
# Put this into ~/.bashrc:  source <(usher completion bash)
_usher() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} command= words= at
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${{COMP_WORDS[at]}} in
            --url|--profile) at=$((at + 1)) ;;
            -*) ;;
            *) command=${{COMP_WORDS[at]}}; break ;;
        esac
    done
    case $command in
        "") words="{" ".join(helps)}" ;;
{cases}
    esac
    case $command in
{listed}
        completion) words="{" ".join(SHELLS)}" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _usher usher
"""


def _zsh(helps: Mapping[str, str], options: Mapping[str, Mapping[str, str]]) -> str:
    commands = "\n".join(f"        {_quoted(f'{name}:{text}')}" for name, text in helps.items())
    cases = "\n".join(
        f"        {name}) flags=({' '.join(_quoted(f'{flag}:{text}') for flag, text in flags.items())}) ;;"
        for name, flags in options.items()
    )
    listed = "\n".join(
        f'    elif [[ $chosen == {name} ]]; then\n        compadd -- ${{(f)"$({command})"}}'
        for name, command in _WORDS.items()
    )
    return f"""\
#compdef usher
# Put this into a file _usher in a folder of $fpath, or:  source <(usher completion zsh)
_usher() {{
    local -a commands flags
    commands=(
{commands}
    )
    local -i at=2
    while ((at < CURRENT)) && [[ $words[at] == -* ]]; do
        [[ $words[at] == (--url|--profile) ]] && ((at++)); ((at++))
    done; ((at > CURRENT)) && return
    if ((at == CURRENT)); then
        _describe command commands
        return
    fi
    local chosen=$words[at]
    case $chosen in
{cases}
    esac
    if [[ $PREFIX == -* ]]; then
        _describe option flags
{listed}
    elif [[ $chosen == completion ]]; then
        compadd -- {" ".join(SHELLS)}
    fi
}}
compdef _usher usher
"""


def _fish(helps: Mapping[str, str], options: Mapping[str, Mapping[str, str]]) -> str:
    lines = ["# Put this into ~/.config/fish/completions/usher.fish", _FISH_COMMAND, "complete -c usher -f"]
    lines += [
        f"complete -c usher -n 'not __usher_command >/dev/null' -a {name} -d {_quoted(text)}"
        for name, text in helps.items()
    ]
    for name, flags in options.items():
        seen = f"-n '__usher_is {name}'"
        lines += [f"complete -c usher {seen} -l {flag[2:]} -d {_quoted(text)}" for flag, text in flags.items()]
    for name, command in _WORDS.items():
        escaped = command.replace("$s", chr(92) + "$s")
        lines.append(f'complete -c usher -n "__usher_is {name}" -a "({escaped})"')
    lines.append(f"complete -c usher -n '__usher_is completion' -a '{' '.join(SHELLS)}'")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "").replace("'", "’").replace("`", "") + "'"


SHELLS: Final[Mapping[str, Callable[[Mapping[str, str], Mapping[str, Mapping[str, str]]], str]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
