/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our client does with a kubeconfig, for comparison with others:
 *
 *     access ask [allow] [context=NAME] [cluster=NAME] [user=NAME] [eks=NAME]
 *         asks the server for its version
 *     access check [the same]
 *         each step of evc_kube_check(), as a list of objects
 *     access token CLUSTER REGION MILLISECONDS
 *         a token of EKS by the AWS credentials of the environment, made at that time
 *
 * One line of JSON: version and origin, token; or code and message of the error.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/aws.h"
#include "k8s/eks_token.h"
#include "k8s/kube.h"
#include "k8s/kube_check.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_net *net;

static void
print(json_t *object)
{
    char *text = json_dumps(object, JSON_SORT_KEYS);

    (void)puts(text);
    free(text);
    json_decref(object);
}

/* With what its causes say. */
static void
print_error(const evc_error *error)
{
    json_t *messages = json_array();

    for (const evc_error *at = error; at; at = evc_error_cause(at))
        (void)json_array_append_new(messages, json_string(evc_error_message(at)));
    print(json_pack("{s:s, s:o}", "code", envcrypt_error_name(evc_error_code(error)),
                    "messages", messages));
}

/* --- ask -------------------------------------------------------------------------- */

static const char *
value_of(const char *argument, const char *name)
{
    size_t size = strlen(name);

    return strncmp(argument, name, size) == 0 && argument[size] == '='
               ? &argument[size + 1]
               : NULL;
}

static void
take_option(const char *argument, evc_kube_options *options)
{
    const struct {
        const char *name;
        const char **to;
    } known[] = {{"context", &options->context},
                 {"cluster", &options->cluster},
                 {"user", &options->user},
                 {"eks", &options->eks_cluster}};

    if (strcmp(argument, "allow") == 0)
        options->allow_exec = true;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const char *value = value_of(argument, known[i].name);

        if (value)
            *known[i].to = value;
    }
}

static int
open_kube(int count, char **arguments, evc_kube **out, evc_error **err)
{
    evc_kube_options options = {.attempt_ms = 20000};

    for (int i = 0; i < count; i++)
        take_option(arguments[i], &options);
    return evc_kube_open(crypto, net, &options, out, err);
}

static void
print_table(const evc_table *table)
{
    json_t *rows = json_array();

    for (size_t row = 0; row < table->rows; row++) {
        json_t *object = json_object();

        for (size_t column = 0; column < table->width; column++) {
            const char *cell = evc_table_cell(table, row, column);

            (void)json_object_set_new(object, evc_table_column(table, column),
                                      cell ? json_string(cell) : json_null());
        }
        (void)json_array_append_new(rows, object);
    }
    print(rows);
}

static int
check(int count, char **arguments, evc_error **err)
{
    evc_table *table = NULL;
    evc_kube *kube = NULL;
    int rc = open_kube(count, arguments, &kube, err);

    if (rc == 0)
        rc = evc_kube_check(kube, NULL, &table, err);
    if (rc == 0)
        print_table(table);
    evc_table_free(table);
    evc_kube_unref(kube);
    return rc;
}

static int
ask(int count, char **arguments, evc_error **err)
{
    evc_kube *kube = NULL;
    evc_buf version;
    int rc;

    evc_buf_init(&version);
    rc = open_kube(count, arguments, &kube, err);
    if (rc == 0)
        rc = evc_kube_version(kube, NULL, &version, err);
    evc_buf_put_u8(&version, 0);
    if (rc == 0)
        print(json_pack("{s:s, s:s}", "version", (const char *)version.data, "origin",
                        evc_kube_origin(kube)));
    evc_kube_unref(kube);
    evc_buf_reset(&version);
    return rc;
}

/* --- token ------------------------------------------------------------------------ */

static int
token(char **arguments, evc_error **err)
{
    const evc_aws_options options = {.region = arguments[1], .service = "eks"};
    evc_aws_config *config = NULL;
    evc_endpoint *sts = NULL;
    evc_chain *chain = NULL;
    evc_creds *creds = NULL;
    evc_buf made;
    int rc = evc_aws_config_open(crypto, net, &options, &config, err);

    evc_buf_init(&made);
    if (rc == 0)
        rc = evc_aws_chain_open(config, &chain, err);
    if (rc == 0)
        rc = evc_chain_get(chain, NULL, &creds, err);
    if (rc == 0)
        rc = evc_aws_endpoint(config, "sts", arguments[1], &sts, err);
    if (rc == 0)
        rc = evc_eks_token_make(crypto, creds, sts, arguments[1], arguments[0],
                                strtoll(arguments[2], NULL, 10), &made, err);
    evc_buf_put_u8(&made, 0);
    if (rc == 0)
        print(json_pack("{s:s}", "token", (const char *)made.data));
    evc_buf_reset(&made);
    evc_creds_unref(creds);
    evc_endpoint_unref(sts);
    evc_chain_unref(chain);
    evc_aws_config_unref(config);
    return rc;
}

int
main(int count, char **arguments)
{
    const evc_net_settings settings = {.max_attempts = 2, .deadline_ms = 60000};
    evc_error *err = NULL;
    int rc = 0;

    if (count < 2 ||
        evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL) != 0 ||
        evc_crypto_open(env, &crypto, NULL) != 0 ||
        evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL) != 0)
        return 2;
    if (strcmp(arguments[1], "ask") == 0)
        rc = ask(count - 2, &arguments[2], &err);
    else if (strcmp(arguments[1], "check") == 0)
        rc = check(count - 2, &arguments[2], &err);
    else if (strcmp(arguments[1], "token") == 0 && count == 5)
        rc = token(&arguments[2], &err);
    else
        return 2;
    if (rc)
        print_error(err);
    evc_error_free(err);
    evc_net_unref(net);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}
