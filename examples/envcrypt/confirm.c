/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed back on the terminal before something that is hard to take back. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static int
ask(const char *question, const char *instead, char line[LINE_SIZE])
{
    int rc = terminal_ask(question, false, line);

    if (rc == TERMINAL_NONE)
        return refuse(ENVCRYPT_E_CONFIRMATION,
                      "nothing was done, for there is no terminal to ask on; %s",
                      instead);
    if (!rc && !*line)
        return refuse(ENVCRYPT_E_CONFIRMATION, "nothing was done");
    return rc;
}

int
confirm_typed(char *question, char *instead, char line[LINE_SIZE])
{
    int rc = question && instead ? ask(question, instead, line)
                                 : refuse(ENVCRYPT_E_NOMEM, "out of memory");

    free(question);
    free(instead);
    return rc;
}

int
confirm_yes(const char *question, const char *instead)
{
    char line[LINE_SIZE];
    int rc = ask(question, instead, line);

    if (!rc && strcmp(line, "yes") != 0)
        rc = refuse(ENVCRYPT_E_CONFIRMATION, "nothing was done");
    return rc;
}
