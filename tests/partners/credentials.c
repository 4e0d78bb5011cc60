/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which credentials the library chooses, where they are from, and never what is secret in
 * them:
 *
 *   credentials PROVIDER [client.NAME=VALUE | NAME=VALUE]…
 *   → {"ok": true, "source", "detail", "id", "account", "expires", "log": […]}
 *   or {"ok": false, "code", "text", "provider_code", "log": […]}
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

static json_t *log_lines;

static void
demand(int holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "credentials: %s\n", what);
    exit(2);
}

static void
take_log(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    json_array_append_new(log_lines, json_string(text));
}

static void
set(envcrypt_client_config *client, envcrypt_kms_config *key, const char *word)
{
    static const char prefix[] = "client.";
    int of_client = strncmp(word, prefix, strlen(prefix)) == 0;
    const char *value = strchr(word, '=');
    char name[64];

    demand(value != NULL, "an option has no value");
    if (of_client)
        word = &word[strlen(prefix)];
    (void)snprintf(name, sizeof name, "%.*s", (int)(value - word), word);
    value = &value[1];
    demand((of_client ? envcrypt_client_config_set(client, name, value, NULL)
                      : envcrypt_kms_config_set(key, name, value, NULL)) == 0,
           "an option is refused");
}

static int
look(envcrypt_client *client, const char *provider, const envcrypt_kms_config *config,
     envcrypt_table **out, envcrypt_error **err)
{
    envcrypt_credentials *credentials = NULL;
    int code = envcrypt_credentials_open(client, provider, config, &credentials, err);

    if (code == 0)
        code = envcrypt_credentials_check(credentials, NULL, out, err);
    envcrypt_credentials_unref(credentials);
    return code;
}

static json_t *
told(const envcrypt_table *table)
{
    static const char *const names[] = {"source", "detail", "id", "account", "expires"};
    json_t *reply = json_pack("{s:b}", "ok", 1);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *cell = envcrypt_table_get(table, 0, names[i]);

        json_object_set_new(reply, names[i], json_string(cell ? cell : ""));
    }
    return reply;
}

static json_t *
refused(int code, const envcrypt_error *err)
{
    const char *provider_code = envcrypt_error_provider_code(err);

    return json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "code", envcrypt_error_name(code),
                     "text", envcrypt_error_message(err), "provider_code",
                     provider_code ? provider_code : "");
}

int
main(int argc, char **argv)
{
    envcrypt_client_config *client_config = NULL;
    envcrypt_kms_config *config = NULL;
    envcrypt_client *client = NULL;
    envcrypt_table *table = NULL;
    envcrypt_error *err = NULL;
    json_t *reply;
    int code;

    demand(argc >= 2, "which provider?");
    log_lines = json_array();
    demand(!envcrypt_client_config_new(&client_config, NULL), "no config");
    demand(!envcrypt_kms_config_new(&config, NULL), "no config");
    demand(!envcrypt_client_config_set_log(client_config, ENVCRYPT_LOG_WARNING,
                                           take_log, NULL, NULL, NULL),
           "no log");
    for (int i = 2; i < argc; i++)
        set(client_config, config, argv[i]);
    demand(!envcrypt_client_open(client_config, &client, NULL), "no client");
    code = look(client, argv[1], config, &table, &err);
    reply = code ? refused(code, err) : told(table);
    json_object_set_new(reply, "log", log_lines);
    demand(!json_dumpf(reply, stdout, JSON_COMPACT), "no output");
    json_decref(reply);
    envcrypt_error_free(err);
    envcrypt_table_free(table);
    envcrypt_client_unref(client);
    envcrypt_kms_config_free(config);
    envcrypt_client_config_free(client_config);
    return 0;
}
