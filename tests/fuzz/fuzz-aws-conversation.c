/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations with what gives AWS credentials, by a transport that answers from the
 * input. Its first byte chooses the source; then come replies, each a byte that chooses a
 * status and the body up to the next byte 0. Where they end nobody answers.
 */
#include <stdlib.h>
#include <string.h>

#include "at-once-lane.h"
#include "auth/aws_sources.h"
#include "fuzz.h"

#define NOW INT64_C(1700000000000)

static evc_cursor replies; /* what is left of the input */
static int64_t now_ms;

/* --- the clock and the transport -------------------------------------------------- */

static int64_t
monotonic(void *user)
{
    (void)user;
    return now_ms;
}

static int64_t
wall(void *user)
{
    (void)user;
    return NOW;
}

static int32_t
pass(void *user, int64_t until_ms, int32_t fd)
{
    (void)user;
    (void)fd;
    if (until_ms != INT64_MAX && until_ms > now_ms)
        now_ms = until_ms;
    return until_ms == INT64_MAX ? -1 : 0;
}

static void
lane_start(void *lane, evc_exchange *x)
{
    static const int statuses[] = {200, 200, 200, 400, 401, 403, 404, 429, 500, 302};

    (void)lane;
    x->done = true;
    x->sent = true;
    x->date_ms = -1;
    if (evc_cursor_left(&replies) == 0) {
        x->code = evc_err(&x->error, ENVCRYPT_E_NET_CONNECT, "nobody answers");
        return;
    }
    x->status =
        statuses[evc_cursor_u8(&replies) % (sizeof statuses / sizeof statuses[0])];
    while (evc_cursor_left(&replies) > 0) {
        uint8_t byte = evc_cursor_u8(&replies);

        if (byte == 0)
            break;
        evc_buf_put_u8(&x->reply, byte);
    }
}

static int
lane_drive(void *lane, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    (void)lane;
    (void)pass(NULL, until_ms, -1);
    return evc_wait_check(wait, err);
}

/* --- the sources ------------------------------------------------------------------ */

static evc_net *net;
static evc_crypto *crypto;
static evc_env *env;

/* None of these is ever freed. */
static evc_aws_config *
open_config(void)
{
    static const evc_transport transport = {at_once_open, at_once_close, lane_start,
                                            lane_drive, at_once_stop};
    static const evc_clock clock = {wall, monotonic, pass, NULL};
    static const evc_net_settings settings = {.max_attempts = 2, .deadline_ms = 30000};
    static const evc_aws_options options = {.region = "eu-west-1"};
    evc_aws_config *config = NULL;

    (void)unsetenv("HOME");
    (void)setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x", 1);
    FUZZ_DEMAND(evc_env_open(EVC_ARENA_LIMIT, false, &clock, NULL, &env, NULL) == 0);
    FUZZ_DEMAND(evc_crypto_open(env, &crypto, NULL) == 0);
    FUZZ_DEMAND(evc_net_open(env, &settings, &transport, NULL, NULL, &net, NULL) == 0);
    FUZZ_DEMAND(evc_aws_config_open(crypto, net, &options, &config, NULL) == 0);
    return config;
}

static evc_creds *
base(void)
{
    const evc_creds_parts parts = {.id = evc_view_text("ID"),
                                   .secret = evc_view_text("secret"),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .source = "fuzz"};
    evc_creds *creds = NULL;

    FUZZ_DEMAND(evc_creds_new(env->arena, &parts, &creds, NULL) == 0);
    return creds;
}

static int
assume(evc_aws_config *config, evc_wait *wait, evc_creds **out, evc_error **err)
{
    static const evc_aws_role role = {
        .arn = {(const uint8_t *)"arn:aws:iam::1:role/r", 21}};
    evc_creds *signer = base();
    int rc = evc_aws_sts_assume_role(config, &role, signer, wait, "fuzz", out, err);

    evc_creds_unref(signer);
    return rc;
}

static int
find_region(evc_aws_config *config, evc_wait *wait, evc_error **err)
{
    evc_buf region;
    int rc;

    evc_buf_init(&region);
    rc = evc_aws_imds_region(config, wait, &region, err);
    if (rc == 0)
        FUZZ_DEMAND(evc_aws_config_is_region(evc_buf_view(&region)));
    evc_buf_reset(&region);
    return rc;
}

static int
converse(uint8_t source, evc_aws_config *config, evc_wait *wait, evc_creds **out,
         evc_error **err)
{
    switch (source % 4) {
    case 0:
        return evc_aws_imds_fetch(config, net, NOW, wait, out, err);
    case 1:
        return evc_aws_container_fetch(config, net, NOW, wait, out, err);
    case 2:
        return assume(config, wait, out, err);
    default:
        return find_region(config, wait, err);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_aws_config *config;
    evc_creds *creds = NULL;
    evc_error *error = NULL;
    evc_wait wait;
    uint8_t source;
    int rc;

    if (!config)
        config = open_config();
    replies = evc_cursor_of(data, size);
    source = evc_cursor_u8(&replies);
    if (size == 0)
        return 0;
    evc_wait_init(&wait, &env->clock, 60000);
    rc = converse(source, config, &wait, &creds, &error);
    evc_wait_release(&wait);
    FUZZ_DEMAND(creds == NULL || rc == 0);
    FUZZ_DEMAND(rc >= 0 || error);
    FUZZ_DEMAND(rc < 0 || !error);
    FUZZ_DEMAND(source % 4 == 3 || rc != 0 || (creds && creds->id[0]));
    evc_creds_unref(creds);
    evc_error_free(error);
    return 0;
}
