/* SPDX-License-Identifier: Apache-2.0 */
/* completion: scripts for bash, zsh and fish, made from the tables of commands and options. */
#include "cli.h"

#include <string.h>

/* Text inside single quotes of a shell; bracketed: inside [ ] of zsh's _arguments too. */
static void
put_quoted(const char *text, bool bracketed)
{
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", stdout);
        else if (bracketed && strchr("[]:\\", *text))
            (void)printf("\\%c", *text);
        else
            (void)putchar(*text);
    }
}

/* "0478|0578" as "0478 0578"; nothing when the argument is no choice. */
static bool
put_choice(const char *argument)
{
    if (!argument || !strchr(argument, '|'))
        return false;
    for (; *argument; argument++)
        (void)putchar(*argument == '|' ? ' ' : *argument);
    return true;
}

static bool
is_file(const char *argument)
{
    return strcmp(argument, "FILE") == 0 || strcmp(argument, "KEY") == 0;
}

/* group NULL: those without one. */
static bool
is_in(const command *of, const char *group)
{
    return group ? of->group && strcmp(of->group, group) == 0 : !of->group;
}

static void
put_names(const command *all, const char *group)
{
    for (const command *of = all; of->name; of++) {
        if (is_in(of, group))
            (void)printf(" %s", of->name);
    }
}

/* keystore: where a group stands in front of the command, as in bash_case(). */
static void
put_title(const command *of)
{
    (void)printf("'%s%s%s'", of->group ? of->group : "", of->group ? " " : "",
                 of->name);
}

static void
bash_choices(const command *all)
{
    option_facts o;

    (void)puts("    case $previous in");
    for (const command *of = all; of->name; of++) {
        for (size_t i = 0; options_get(of, i, &o); i++) {
            if (!o.argument || !strchr(o.argument, '|'))
                continue;
            (void)printf("    --%s) words='", o.name);
            (void)put_choice(o.argument);
            (void)puts("' ;;");
        }
    }
    (void)puts("    esac");
}

static void
bash(const command *all)
{
    option_facts o;

    (void)puts("# bash completion for envcrypt; made by `envcrypt completion bash`\n"
               "_envcrypt() {\n"
               "    local current=${COMP_WORDS[COMP_CWORD]}\n"
               "    local previous=${COMP_WORDS[COMP_CWORD-1]}\n"
               "    local command=${COMP_WORDS[1]} words=\n"
               "    COMPREPLY=()\n"
               "    case $command in");
    for (const command_group *g = command_groups; g->name; g++)
        (void)printf("    %s) command=\"%s ${COMP_WORDS[2]}\" ;;\n", g->name, g->name);
    (void)fputs("    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then\n"
                "        words='help --help --version",
                stdout);
    for (const command_group *g = command_groups; g->name; g++)
        (void)printf(" %s", g->name);
    put_names(all, NULL);
    for (const command_group *g = command_groups; g->name; g++) {
        (void)printf("'\n    elif [ \"$COMP_CWORD\" = 2 ] && [ \"$previous\" = %s ]; "
                     "then\n        words='--help",
                     g->name);
        put_names(all, g->name);
    }
    (void)puts("'\n    elif [[ $current == -* ]]; then\n        case $command in");
    for (const command *of = all; of->name; of++) {
        (void)fputs("        ", stdout);
        put_title(of);
        (void)fputs(") words='", stdout);
        for (size_t i = 0; options_get(of, i, &o); i++)
            (void)printf("%s--%s", i ? " " : "", o.name);
        (void)puts("' ;;");
    }
    (void)puts("        esac\n    fi");
    bash_choices(all);
    (void)puts("    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- "
               "\"$current\"))\n"
               "}\n"
               "complete -o default -F _envcrypt envcrypt");
}

static void
zsh_option(const option_facts *o, const char *dashes, const char *name, size_t size)
{
    (void)printf(" \\\n            '*%s%.*s%s[", dashes, (int)size, name,
                 o->argument && size > 1 ? "=" : "");
    put_quoted(o->help, true);
    (void)putchar(']');
    if (o->argument) {
        (void)putchar(':');
        put_quoted(o->argument, true);
        (void)putchar(':');
        if (strchr(o->argument, '|')) {
            (void)putchar('(');
            (void)put_choice(o->argument);
            (void)putchar(')');
        } else if (is_file(o->argument)) {
            (void)fputs("_files", stdout);
        }
    }
    (void)putchar('\'');
}

static void
zsh_names(const command *all, const char *group)
{
    for (const command *of = all; of->name; of++) {
        if (!is_in(of, group))
            continue;
        (void)printf("            '%s:", of->name);
        put_quoted(of->summary, false);
        (void)puts("'");
    }
}

static void
zsh(const command *all)
{
    option_facts o;

    (void)puts("#compdef envcrypt\n"
               "# zsh completion for envcrypt; made by `envcrypt completion zsh`\n"
               "_envcrypt() {\n"
               "    local -a names\n"
               "    local command=$words[2]\n"
               "    if (( CURRENT == 2 )); then\n"
               "        names=(");
    for (const command_group *g = command_groups; g->name; g++)
        (void)printf("            '%s:%s'\n", g->name, g->summary);
    zsh_names(all, NULL);
    (void)puts("        )\n"
               "        _describe 'command' names\n"
               "        return\n"
               "    fi");
    for (const command_group *g = command_groups; g->name; g++) {
        (void)printf("    if [[ $command == %s ]]; then\n"
                     "        if (( CURRENT == 3 )); then\n"
                     "            names=(\n",
                     g->name);
        zsh_names(all, g->name);
        (void)printf("            )\n"
                     "            _describe 'command' names\n"
                     "            return\n"
                     "        fi\n"
                     "        command=\"%s $words[3]\"\n"
                     "        shift words\n"
                     "        (( CURRENT-- ))\n"
                     "    fi\n",
                     g->name);
    }
    (void)puts("    shift words\n"
               "    (( CURRENT-- ))\n"
               "    case $command in");
    for (const command *of = all; of->name; of++) {
        (void)fputs("    ", stdout);
        put_title(of);
        (void)fputs(")\n        _arguments -s", stdout);
        for (size_t i = 0; options_get(of, i, &o); i++) {
            const char letter = (char)o.letter;

            if (o.letter)
                zsh_option(&o, "-", &letter, 1);
            zsh_option(&o, "--", o.name, strlen(o.name));
        }
        (void)puts(" \\\n            '*:file:_files' ;;");
    }
    (void)puts("    esac\n}\n_envcrypt \"$@\"");
}

static void
fish_option(const command *of, const option_facts *o)
{
    (void)printf("complete -c envcrypt -n '__fish_seen_subcommand_from %s%s%s' -l %s",
                 of->group ? of->group : "",
                 of->group ? "; and __fish_seen_subcommand_from " : "", of->name,
                 o->name);
    if (o->letter)
        (void)printf(" -s %c", o->letter);
    if (o->argument) {
        (void)fputs(is_file(o->argument) ? " -r" : " -x", stdout);
        if (strchr(o->argument, '|')) {
            (void)fputs(" -a '", stdout);
            (void)put_choice(o->argument);
            (void)putchar('\'');
        }
    }
    (void)fputs(" -d '", stdout);
    put_quoted(o->help, false);
    (void)puts("'");
}

static void
fish(const command *all)
{
    option_facts o;

    (void)puts("# fish completion for envcrypt; made by `envcrypt completion fish`");
    for (const command_group *g = command_groups; g->name; g++)
        (void)printf("complete -c envcrypt -n __fish_use_subcommand -f -a %s -d '%s'\n",
                     g->name, g->summary);
    for (const command *of = all; of->name; of++) {
        if (of->group)
            (void)printf(
                "complete -c envcrypt -n '__fish_seen_subcommand_from %s' -a %s -d '",
                of->group, of->name);
        else
            (void)printf("complete -c envcrypt -n __fish_use_subcommand -f -a %s -d '",
                         of->name);
        put_quoted(of->summary, false);
        (void)puts("'");
    }
    for (const command *of = all; of->name; of++) {
        for (size_t i = 0; options_get(of, i, &o); i++)
            fish_option(of, &o);
    }
}

int
run_completion(cli *c)
{
    const char *shell = c->args[0];

    if (strcmp(shell, "bash") == 0)
        bash(c->commands);
    else if (strcmp(shell, "zsh") == 0)
        zsh(c->commands);
    else if (strcmp(shell, "fish") == 0)
        fish(c->commands);
    else
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "there is completion for bash, zsh and fish, not for %s", shell);
    return 0;
}
