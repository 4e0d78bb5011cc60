/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which credentials our chain chooses in this environment, and where it would ask:
 *
 *     chosen [profile=NAME] [sources=LIST] [threads=N]
 *     chosen endpoint SERVICE REGION FIPS DUALSTACK
 *     chosen region
 *
 * One line of JSON: source, id, expires_ms, account, and SHA-256 of secret and token; or
 * code and message of the error. With threads, count of those that got the same id.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/aws.h"
#include "base/encode.h"
#include "base/threads.h"
#include "crypto/digest.h"

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

static void
print_error(evc_error *error)
{
    print(json_pack(
        "{s:s, s:s, s:s, s:b}", "code", envcrypt_error_name(evc_error_code(error)),
        "message", evc_error_message(error), "provider_code",
        evc_error_provider_code(error) ? evc_error_provider_code(error) : "",
        "retryable", evc_error_is_retryable(error)));
    evc_error_free(error);
}

static json_t *
hash_of(const evc_secret *secret)
{
    evc_view view = evc_view_of(secret->bytes, secret->size);
    uint8_t hash[32];
    char text[65] = {0};
    evc_buf out;

    if (!secret->bytes)
        return json_null();
    evc_buf_init_fixed(&out, text, 64);
    if (evc_digest(crypto, EVC_SHA256, &view, 1, hash, NULL) != 0)
        abort();
    evc_encode_hex(&out, evc_view_of(hash, sizeof hash));
    return json_string(text);
}

static void
print_creds(evc_creds *creds, size_t same)
{
    print(json_pack(
        "{s:s, s:s, s:I, s:s, s:o, s:o, s:I}", "source", creds->source, "id", creds->id,
        "expires_ms",
        (json_int_t)(creds->expires_ms == EVC_CREDS_NEVER ? -1 : creds->expires_ms),
        "account", creds->account, "secret", hash_of(&creds->secret), "token",
        hash_of(&creds->token), "same", (json_int_t)same));
}

/* --- many threads ----------------------------------------------------------------- */

typedef struct crowd {
    evc_chain *chain;
    evc_creds **got; /* of each */
} crowd;

static void
get_one(void *user, size_t index)
{
    crowd *c = user;

    (void)!evc_chain_get(c->chain, NULL, &c->got[index], NULL);
}

static size_t
get_many(evc_chain *chain, size_t threads, evc_creds **first)
{
    crowd c = {chain, calloc(threads, sizeof(evc_creds *))};
    size_t same = 0;

    if (!c.got || evc_threads_run(threads, get_one, &c, NULL) != 0)
        abort();
    *first = evc_creds_ref(c.got[0]);
    for (size_t i = 0; i < threads; i++) {
        same += c.got[i] && c.got[i] == c.got[0];
        evc_creds_unref(c.got[i]);
    }
    free(c.got);
    return same;
}

static void
choose(evc_aws_config *config, size_t threads)
{
    evc_error *error = NULL;
    evc_chain *chain = NULL;
    evc_creds *creds = NULL;
    size_t same = 0;
    int rc = evc_aws_chain_open(config, &chain, &error);

    if (rc == 0 && threads)
        same = get_many(chain, threads, &creds);
    if (rc == 0 && !creds)
        rc = evc_chain_get(chain, NULL, &creds, &error);
    if (rc)
        print_error(error);
    else
        print_creds(creds, same);
    evc_creds_unref(creds);
    evc_chain_unref(chain);
}

static void
show_endpoint(evc_aws_config *config, const char *service, const char *region)
{
    evc_error *error = NULL;
    evc_endpoint *endpoint = NULL;
    char url[512];

    if (evc_aws_endpoint(config, service, region, &endpoint, &error)) {
        print_error(error);
        return;
    }
    (void)snprintf(url, sizeof url, "%s://%s%s", endpoint->scheme, endpoint->authority,
                   endpoint->path);
    print(json_pack("{s:s}", "url", url));
    evc_endpoint_unref(endpoint);
}

static void
show_region(evc_aws_config *config)
{
    evc_error *error = NULL;
    evc_buf region;

    evc_buf_init(&region);
    if (evc_aws_region(config, NULL, NULL, &region, &error))
        print_error(error);
    else
        print(json_pack("{s:s%}", "region", (const char *)region.data, region.size));
    evc_buf_reset(&region);
}

/* The value of an argument name=value; NULL. */
static const char *
argument(int argc, char **argv, const char *name)
{
    size_t size = strlen(name);

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
            return &argv[i][size + 1];
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    const evc_net_settings settings = {.deadline_ms = 60000, .max_attempts = 3};
    bool endpoint = argc == 6 && strcmp(argv[1], "endpoint") == 0;
    evc_aws_options options = {.profile = argument(argc, argv, "profile"),
                               .sources = argument(argc, argv, "sources"),
                               .fips = endpoint ? argv[4] : NULL,
                               .dual_stack = endpoint ? argv[5] : NULL};
    const char *threads = argument(argc, argv, "threads");
    evc_aws_config *config = NULL;
    evc_error *error = NULL;

    if (evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL) != 0 ||
        evc_crypto_open(env, &crypto, NULL) != 0 ||
        evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL) != 0)
        abort();
    if (evc_aws_config_open(crypto, net, &options, &config, &error))
        print_error(error);
    else if (endpoint)
        show_endpoint(config, argv[2], argv[3]);
    else if (argc == 2 && strcmp(argv[1], "region") == 0)
        show_region(config);
    else
        choose(config, threads ? strtoul(threads, NULL, 10) : 0);
    evc_aws_config_unref(config);
    evc_net_unref(net);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}
