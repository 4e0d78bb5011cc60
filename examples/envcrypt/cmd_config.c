/* SPDX-License-Identifier: Apache-2.0 */
/* k8s config: the file by which kube-apiserver encrypts what it stores. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* Its keys are secret, so a file that others can read is told of; a sample need not be. */
static int
read_config(const cli *c, unsigned char **out, size_t *size)
{
    return secrets_read_file(c->args[0], false, out, size);
}

static void
tell_json(const cli *c, const envcrypt_table *rows)
{
    json j = {0};

    json_open(&j, NULL, '{');
    json_text(&j, "file", c->args[0]);
    table_json(&j, "rows", rows);
    json_close(&j);
}

int
run_config_explain(cli *c)
{
    static const char *const columns[] = {"resource", "order", "provider", "name",
                                          "role",     "note",  NULL};
    unsigned char *text = NULL;
    envcrypt_table *rows = NULL;
    envcrypt_error *error = NULL;
    size_t size = 0;
    int rc = read_config(c, &text, &size);

    if (!rc)
        rc = check(
            envcrypt_encryption_config_explain(c->client, text, size, &rows, &error),
            &error, c->args[0]);
    if (!rc && c->json)
        tell_json(c, rows);
    else if (!rc)
        rc = table_show_some(rows, columns);
    envcrypt_table_free(rows);
    wipe_free(text, SECRET_FILE_MAX);
    return rc;
}

static size_t
count_errors(const envcrypt_table *rows)
{
    size_t count = 0;

    for (size_t i = 0; i < envcrypt_table_rows(rows); i++) {
        const char *severity = envcrypt_table_get(rows, i, "severity");

        count += severity && strcmp(severity, "error") == 0;
    }
    return count;
}

/* "" where it does not apply. */
static const char *
cell(const envcrypt_table *rows, size_t row, const char *column)
{
    const char *text = envcrypt_table_get(rows, row, column);

    return text ? text : "";
}

/* "error, line 7: resources[0]…: what is wrong", and what to do. */
static void
say_findings(const envcrypt_table *rows)
{
    for (size_t i = 0; i < envcrypt_table_rows(rows); i++) {
        const char *line = cell(rows, i, "line");
        const char *place = cell(rows, i, "place");
        const char *advice = cell(rows, i, "advice");

        say("%s%s%s: %s%s%s\n", cell(rows, i, "severity"), *line ? ", line " : "", line,
            place, *place ? ": " : "", cell(rows, i, "finding"));
        if (*advice)
            say("    %s\n", advice);
    }
}

int
run_config_check(cli *c)
{
    unsigned char *text = NULL;
    envcrypt_table *rows = NULL;
    envcrypt_error *error = NULL;
    size_t size = 0;
    size_t errors;
    int rc = read_config(c, &text, &size);

    if (!rc)
        rc = check(envcrypt_encryption_config_check(c->client, text, size,
                                                    c->kube_version, &rows, &error),
                   &error, c->args[0]);
    errors = rc ? 0 : count_errors(rows);
    if (!rc && c->json)
        tell_json(c, rows);
    else if (!rc)
        say_findings(rows);
    if (!rc && errors == 0)
        note(c, "kube-apiserver takes this file%s.\n",
             envcrypt_table_rows(rows) ? "; see the remarks above" : "");
    envcrypt_table_free(rows);
    wipe_free(text, SECRET_FILE_MAX);
    return rc ? rc : errors ? EXIT_DATA : 0;
}

/* "secrets,configmaps"; NULL: the default, or memory is out, which rc tells. */
static int
join_resources(const cli *c, char **out)
{
    *out = NULL;
    for (size_t i = 0; i < c->resources.count; i++) {
        char *longer = text_format("%s%s%s", *out ? *out : "", *out ? "," : "",
                                   c->resources.items[i]);

        free(*out);
        *out = longer;
        if (!longer)
            return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    }
    return 0;
}

static int
set_options(const cli *c, const char *resources, envcrypt_encryption_options *options)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"name", c->name},
        {"endpoint", c->socket},
        {"resources", resources},
        {"timeout", c->plugin_timeout},
        {"order", c->order},
        {"previous-name", c->previous_name},
        {"previous-endpoint", c->previous_socket},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        envcrypt_error *error = NULL;

        if (settings[i].value)
            rc = check(envcrypt_encryption_options_set(options, settings[i].name,
                                                       settings[i].value, &error),
                       &error, NULL);
    }
    return rc;
}

static int
write_config(const cli *c, const envcrypt_buffer *text)
{
    output out;
    int rc = output_open(&out, c->output, c->force);

    if (!rc)
        rc = output_write(&out, envcrypt_buffer_data(text), envcrypt_buffer_size(text));
    if (!rc)
        rc = output_commit(&out);
    output_abort(&out);
    return rc;
}

int
run_config_generate(cli *c)
{
    envcrypt_encryption_options *options = NULL;
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    char *resources = NULL;
    int rc;

    if (!c->name || !c->socket)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "give the plugin's name and socket: --name my-kms --socket "
                      "unix:///run/my-kms.sock");
    rc = join_resources(c, &resources);
    if (!rc)
        rc = check(envcrypt_encryption_options_new(&options, &error), &error, NULL);
    if (!rc)
        rc = set_options(c, resources, options);
    if (!rc)
        rc = check(envcrypt_encryption_config_generate(options, &text, &error), &error,
                   NULL);
    if (!rc)
        rc = write_config(c, text);
    if (!rc)
        json_files(c, NULL);
    envcrypt_buffer_free(text);
    envcrypt_encryption_options_free(options);
    free(resources);
    return rc;
}
