/* SPDX-License-Identifier: Apache-2.0 */
/* The command envcrypt: from argv to one of the run_… functions. */
#include "cli.h"
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* No core file, no debugger of the same user: both would show keys. A closed pipe and a
 * limit of file sizes are errors like others. Descriptors 0 to 2 are open, or a file opened later would be taken for one
 * of them; what is written to a closed one fails. */
static void
harden(void)
{
    const struct rlimit none = {0, 0};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    int fd;

    (void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    do
        fd = open("/dev/null", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

/* Whether a command line that could not be parsed asks for JSON. */
static bool
wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

static int
run(const command *of, int argc, char **argv)
{
    static cli c; /* too large for the stack */
    int rc;

    c.command = of;
    c.commands = commands;
    report_for(of);
    rc = options_parse(&c, argc, argv);
    c.json |= rc && wants_json(argc, argv);
    if (!rc && c.help) {
        help_command(of);
    } else if (!rc) {
        if (of->bit != C_COMPLETION)
            rc = session_open(&c);
        if (!rc && of->bit & (C_CLUSTERS | C_KEY_GUARD))
            rc = cluster_rescue(&c);
        if (!rc)
            rc = of->run(&c);
        session_close(&c);
    }
    if (rc && c.json && !json_is_begun())
        report_json(NULL, rc);
    return rc;
}

static bool
is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* What is no command; where a name may have two words, both are told. */
static int
unknown(const char *group, int count, char **words)
{
    char *both;
    int rc;

    if (count < 2 || !group || !command_begins(group, NULL))
        return help_unknown(group, words[0]);
    both = text_format("%s %s", words[0], words[1]);
    rc = help_unknown(group, both ? both : words[1]);
    free(both);
    return rc;
}

static int
dispatch_group(int argc, char **argv)
{
    const char *group = argv[0];
    bool begun = argc > 1 && command_begins(group, argv[1]); /* "k8s config" */
    int words = begun ? 2 : 1;
    const command *of;
    int used;

    if (argc <= words || is_one_of(argv[words], "--help", "-h")) {
        help_group(group);
        return argc <= words ? EXIT_USAGE : 0;
    }
    of = command_find(group, argv + 1, argc - 1, &used);
    return of ? run(of, argc - used, argv + used) : unknown(group, argc - 1, argv + 1);
}

/* envcrypt help [[GROUP] COMMAND] */
static int
help(int argc, char **argv)
{
    const char *group = argc > 1 && command_is_group(argv[1]) ? argv[1] : NULL;
    int before = group ? 2 : 1;
    const command *of;
    int used;

    if (argc < 2) {
        help_overview(stdout);
        return 0;
    }
    if (group && (argc < 3 || (argc == 3 && command_begins(group, argv[2])))) {
        help_group(group);
        return 0;
    }
    of = command_find(group, argv + before, argc - before, &used);
    if (!of)
        return unknown(group, argc - before, argv + before);
    help_command(of);
    return 0;
}

static int
dispatch(int argc, char **argv)
{
    const command *of;
    int used;

    if (argc == 0) {
        help_overview(stderr);
        return EXIT_USAGE;
    }
    if (is_one_of(argv[0], "--version", "-V")) {
        say("envcrypt %s\n", envcrypt_version_string());
        return 0;
    }
    if (is_one_of(argv[0], "--help", "-h")) {
        help_overview(stdout);
        return 0;
    }
    if (strcmp(argv[0], "help") == 0)
        return help(argc, argv);
    if (command_is_group(argv[0]))
        return dispatch_group(argc, argv);
    of = command_find(NULL, argv, argc, &used);
    return of ? run(of, argc, argv) : help_unknown(NULL, argv[0]);
}

int
main(int argc, char **argv)
{
    int rc;
    int flushed;

    harden();
    text_begin();
    rc = dispatch(argc > 0 ? argc - 1 : 0, argv + 1);
    flushed = flush_output();
    if (rc == EXIT_INTERRUPTED)
        signals_end();
    return rc ? rc : flushed;
}
