/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One re-encryption or verification by the public API:
 *
 *   reencrypt run|verify KUBECONFIG [NAME=VALUE | kube.NAME=VALUE | etcd.NAME=VALUE |
 *                                    memory=yes]…
 *   → {"ok": true, "report": {…}, "memory": {"before", "peak"}}
 *   or {"ok": false, "code", "text", "report" (if there is one), "memory"}
 *
 * memory=yes: before is the resident memory after the first reply over TLS, peak the most of it
 * from then on, both in KiB.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

typedef struct asked {
    envcrypt_client *client;
    envcrypt_kube_config *access;
    envcrypt_reencrypt_config *config;
    envcrypt_etcd_config *etcd_config;
    envcrypt_kube *kube;
    envcrypt_etcd *etcd; /* NULL = stored values cannot be read */
    int memory;
    long before;
} asked;

static void
demand(int holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "reencrypt: %s\n", what);
    exit(2);
}

/* A line "NAME:  N kB" of /proc/self/status. */
static long
resident(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    long found = -1;

    demand(file != NULL, "there is no /proc/self/status");
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            found = strtol(&line[strlen(name)], NULL, 10);
    (void)fclose(file);
    return found;
}

/* From now on the peak is counted anew. */
static void
forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");

    demand(file != NULL && fputs("5", file) >= 0 && fclose(file) == 0,
           "the peak of memory cannot be reset");
}

/* The rest of a word after a prefix; NULL = it has another. */
static const char *
after(const char *word, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(word, prefix, length) == 0 ? &word[length] : NULL;
}

static void
set(asked *a, const char *word)
{
    const char *of_kube = after(word, "kube.");
    const char *of_etcd = after(word, "etcd.");
    const char *value = strchr(word, '=');
    char name[64];
    int rc = 0;

    demand(value != NULL, "an option has no value");
    word = of_kube ? of_kube : of_etcd ? of_etcd : word;
    (void)snprintf(name, sizeof(name), "%.*s", (int)(value - word), word);
    value = &value[1];
    if (of_kube)
        rc = envcrypt_kube_config_set(a->access, name, value, NULL);
    else if (of_etcd && !a->etcd_config)
        rc = envcrypt_etcd_config_new(&a->etcd_config, NULL);
    else if (strcmp(name, "memory") == 0)
        a->memory = 1;
    else if (!of_etcd)
        rc = envcrypt_reencrypt_config_set(a->config, name, value, NULL);
    if (!rc && of_etcd)
        rc = envcrypt_etcd_config_set(a->etcd_config, name, value, NULL);
    demand(rc == 0, "an option is refused");
}

/* The first reply over TLS, which brings what TLS and HTTP take once. */
static int
reach(asked *a, envcrypt_error **err)
{
    envcrypt_table *rows = NULL;
    int rc = envcrypt_kube_check(a->kube, NULL, &rows, err);

    envcrypt_table_free(rows);
    a->before = resident("VmRSS:");
    forget_peak();
    return rc;
}

static json_t *
text_of(envcrypt_reencrypt_report *report)
{
    envcrypt_buffer *text = NULL;
    json_t *json;

    demand(envcrypt_reencrypt_report_to_json(report, &text, NULL) == 0,
           "there is no text of the report");
    json = json_loadb(envcrypt_buffer_data(text), envcrypt_buffer_size(text), 0, NULL);
    demand(json != NULL, "the report is no JSON");
    envcrypt_buffer_free(text);
    return json;
}

static void
say(const asked *a, int rc, const envcrypt_error *err,
    envcrypt_reencrypt_report *report)
{
    json_t *said = json_pack("{s:b}", "ok", rc == 0);

    if (a->memory)
        json_object_set_new(said, "memory",
                            json_pack("{s:I, s:I}", "before", (json_int_t)a->before,
                                      "peak", (json_int_t)resident("VmHWM:")));
    if (rc) {
        json_object_set_new(said, "code", json_string(envcrypt_error_name(rc)));
        json_object_set_new(said, "text", json_string(envcrypt_error_message(err)));
    }
    if (report)
        json_object_set_new(said, "report", text_of(report));
    demand(json_dumpf(said, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n',
           "standard output is gone");
    json_decref(said);
}

int
main(int argc, char **argv)
{
    envcrypt_reencrypt_report *report = NULL;
    envcrypt_error *err = NULL;
    asked a = {0};
    int rc;
    int i;

    demand(argc >= 3, "usage: reencrypt run|verify KUBECONFIG [NAME=VALUE]...");
    demand(envcrypt_client_open(NULL, &a.client, NULL) == 0 &&
               envcrypt_kube_config_new(a.client, &a.access, NULL) == 0 &&
               envcrypt_reencrypt_config_new(&a.config, NULL) == 0 &&
               envcrypt_kube_config_set(a.access, "kubeconfig", argv[2], NULL) == 0,
           "the settings cannot be made");
    for (i = 3; i < argc; i++)
        set(&a, argv[i]);
    rc = envcrypt_kube_open(a.access, &a.kube, &err);
    if (!rc && a.etcd_config)
        rc = envcrypt_etcd_open(a.client, a.etcd_config, &a.etcd, &err);
    if (!rc && a.memory)
        rc = reach(&a, &err);
    if (!rc && strcmp(argv[1], "run") == 0)
        rc = envcrypt_reencrypt_run(a.kube, a.config, NULL, NULL, NULL, NULL, &report,
                                    &err);
    else if (!rc)
        rc = envcrypt_reencrypt_verify(a.kube, a.config, a.etcd, NULL, NULL, NULL, NULL,
                                       &report, &err);
    say(&a, rc, err, report);
    envcrypt_error_free(err);
    envcrypt_reencrypt_report_free(report);
    envcrypt_reencrypt_config_free(a.config);
    envcrypt_kube_config_free(a.access);
    envcrypt_etcd_config_free(a.etcd_config);
    envcrypt_etcd_close(a.etcd);
    envcrypt_kube_unref(a.kube);
    envcrypt_client_unref(a.client);
    return rc ? 1 : 0;
}
