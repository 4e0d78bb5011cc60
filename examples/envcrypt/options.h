/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each option: what it is called, where its value goes, and which commands take it. */
#ifndef ENVCRYPT_CLI_OPTIONS_H
#define ENVCRYPT_CLI_OPTIONS_H

#include "cli.h"
#include "commands.h"

typedef enum kind { FLAG, COUNT, TEXT, LIST } kind;

typedef struct spec {
    const char *name;
    int letter; /* 0: none */
    kind kind;
    size_t field;
    const char *argument;
    int section;
    uint64_t commands;
    const char *help;
} spec;

#define OPTIONS_MAX 256
extern const spec option_specs[];
extern const size_t option_count;

#define AT(field) offsetof(cli, field)

#endif
