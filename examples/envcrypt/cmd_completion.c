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

static size_t
first_word(const command *of)
{
    return strcspn(of->name, " ");
}

/* "config explain" and "config check" */
static bool
begin_alike(const command *a, const command *b)
{
    return is_in(a, b->group) && first_word(a) == first_word(b) &&
           strncmp(a->name, b->name, first_word(a)) == 0;
}

static bool
has_two_words(const command *of)
{
    return of->name[first_word(of)] != '\0';
}

/* The first of those whose two words begin alike; they stand together in the table. */
static bool
begins_more(const command *all, const command *of)
{
    return has_two_words(of) && (of == all || !begin_alike(of - 1, of));
}

static void
put_names(const command *all, const char *group)
{
    for (const command *of = all; of->name; of++) {
        if (is_in(of, group) && (!has_two_words(of) || begins_more(all, of)))
            (void)printf(" %.*s", (int)first_word(of), of->name);
    }
}

/* The second words of all that begin as this one. */
static void
put_second_names(const command *all, const command *like)
{
    for (const command *of = all; of->name; of++) {
        if (begin_alike(of, like))
            (void)printf(" %s", of->name + first_word(of) + 1);
    }
}

/* "k8s config" */
static void
put_beginning(const command *of)
{
    (void)printf("%s %.*s", of->group, (int)first_word(of), of->name);
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
    (void)puts("    esac\n    case $command in");
    for (const command *of = all; of->name; of++) {
        if (!begins_more(all, of))
            continue;
        (void)fputs("    '", stdout);
        put_beginning(of);
        (void)puts("') command=\"$command ${COMP_WORDS[3]}\" ;;");
    }
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
    for (const command *of = all; of->name; of++) {
        if (!begins_more(all, of))
            continue;
        (void)fputs("'\n    elif [ \"$COMP_CWORD\" = 3 ] && "
                    "[ \"${COMP_WORDS[1]} $previous\" = '",
                    stdout);
        put_beginning(of);
        (void)fputs("' ]; then\n        words='--help", stdout);
        put_second_names(all, of);
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
zsh_name(const char *name, size_t size, const char *summary)
{
    (void)printf("            '%.*s:", (int)size, name);
    put_quoted(summary, false);
    (void)puts("'");
}

static void
zsh_names(const command *all, const char *group)
{
    for (const command *of = all; of->name; of++) {
        if (is_in(of, group) && (!has_two_words(of) || begins_more(all, of)))
            zsh_name(of->name, first_word(of), of->summary);
    }
}

/* Inside of a group, where $command is the group and the word behind it. */
static void
zsh_second_names(const command *all, const char *group)
{
    for (const command *like = all; like->name; like++) {
        if (!is_in(like, group) || !begins_more(all, like))
            continue;
        (void)fputs("        if [[ $command == '", stdout);
        put_beginning(like);
        (void)puts("' ]]; then\n"
                   "            if (( CURRENT == 3 )); then\n"
                   "            names=(");
        for (const command *of = all; of->name; of++) {
            if (begin_alike(of, like))
                zsh_name(of->name + first_word(of) + 1,
                         strlen(of->name) - first_word(of) - 1, of->summary);
        }
        (void)puts("            )\n"
                   "            _describe 'command' names\n"
                   "            return\n"
                   "            fi\n"
                   "            command=\"$command $words[3]\"\n"
                   "            shift words\n"
                   "            (( CURRENT-- ))\n"
                   "        fi");
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
                     "        (( CURRENT-- ))\n",
                     g->name);
        zsh_second_names(all, g->name);
        (void)puts("    fi");
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

/* That the words of a command stand on the line; all: the last one too. */
static void
fish_seen(const command *of, bool all)
{
    static const char seen[] = "__fish_seen_subcommand_from ";

    if (of->group)
        (void)printf("%s%s", seen, of->group);
    if (has_two_words(of))
        (void)printf("; and %s%.*s", seen, (int)first_word(of), of->name);
    if (all)
        (void)printf("%s%s%s", of->group ? "; and " : "", seen,
                     has_two_words(of) ? of->name + first_word(of) + 1 : of->name);
}

static void
fish_option(const command *of, const option_facts *o)
{
    (void)fputs("complete -c envcrypt -n '", stdout);
    fish_seen(of, true);
    (void)printf("' -l %s", o->name);
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
fish_command(const command *all, const command *of)
{
    const char *name = has_two_words(of) ? of->name + first_word(of) + 1 : of->name;

    if (begins_more(all, of))
        (void)printf(
            "complete -c envcrypt -n '__fish_seen_subcommand_from %s' -a %.*s\n",
            of->group, (int)first_word(of), of->name);
    (void)fputs("complete -c envcrypt -n ", stdout);
    if (of->group) {
        (void)putchar('\'');
        fish_seen(of, false);
        (void)printf("' -a %s -d '", name);
    } else {
        (void)printf("__fish_use_subcommand -f -a %s -d '", name);
    }
    put_quoted(of->summary, false);
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
    for (const command *of = all; of->name; of++)
        fish_command(all, of);
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
