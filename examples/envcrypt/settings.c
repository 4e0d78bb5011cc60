/* SPDX-License-Identifier: Apache-2.0 */
/* What the options say about messages: limits and policies for reading, form for writing. */
#include "cli.h"

#include <string.h>

#define FRAME_MAX UINT32_MAX
#define EDKS_MAX 65535
#define THREADS_MAX 256

static int
set_limits(const cli *c, envcrypt_message_config *config)
{
    envcrypt_error *error = NULL;
    uint64_t number = 0;
    int rc = 0;

    if (c->max_edks && !parse_number(c->max_edks, 1, EDKS_MAX, &number))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--max-edks takes a number from 1 to %d, not %s", EDKS_MAX,
                      c->max_edks);
    if (c->max_edks)
        rc = check(envcrypt_message_config_set_max_edks(config, number, &error), &error,
                   NULL);
    if (c->max_frame && !parse_size(c->max_frame, 1, FRAME_MAX, &number))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--max-frame takes bytes from 1 to 4G - 1, not %s", c->max_frame);
    if (!rc && c->max_frame)
        rc = check(
            envcrypt_message_config_set_max_frame(config, (uint32_t)number, &error),
            &error, NULL);
    if (c->threads && !parse_number(c->threads, 1, THREADS_MAX, &number))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--threads takes a number from 1 to %d, not %s", THREADS_MAX,
                      c->threads);
    if (!rc && c->threads)
        rc = check(envcrypt_message_config_set_threads(config, number, &error), &error,
                   NULL);
    return rc;
}

static int
set_context(const cli *c, envcrypt_message_config *config)
{
    envcrypt_context *context = NULL;
    envcrypt_error *error = NULL;
    int rc = keys_context(&c->context, "--context", &context);

    if (!rc && c->context.count)
        rc = check(envcrypt_message_config_set_context(config, context, &error), &error,
                   NULL);
    envcrypt_context_free(context);
    for (size_t i = 0; !rc && i < c->require.count; i++)
        rc = check(envcrypt_message_config_require(config, c->require.items[i], &error),
                   &error, NULL);
    return rc;
}

static int
set_policy(const cli *c, envcrypt_message_config *config)
{
    envcrypt_error *error = NULL;
    int32_t policy = ENVCRYPT_POLICY_REQUIRE;

    if (!c->policy)
        return 0;
    if (strcmp(c->policy, "allow-decrypt") == 0)
        policy = ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    else if (strcmp(c->policy, "require") != 0)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--policy is require or allow-decrypt, not %s", c->policy);
    return check(envcrypt_message_config_set_policy(config, policy, &error), &error,
                 NULL);
}

static int
set_form(const cli *c, envcrypt_message_config *config)
{
    envcrypt_error *error = NULL;
    uint64_t bytes = 0;
    int rc = 0;

    if (c->suite && strcmp(c->suite, "0478") != 0 && strcmp(c->suite, "0578") != 0)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "the suites to write are 0478 and 0578 (signed), not %s",
                      c->suite);
    if (c->suite)
        rc = check(envcrypt_message_config_set_suite(config,
                                                     strcmp(c->suite, "0578") == 0
                                                         ? ENVCRYPT_SUITE_0578
                                                         : ENVCRYPT_SUITE_0478,
                                                     &error),
                   &error, NULL);
    if (c->frame_length && !parse_size(c->frame_length, 1, FRAME_MAX, &bytes))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--frame-length takes bytes from 1 to 4G - 1, not %s",
                      c->frame_length);
    if (!rc && c->frame_length)
        rc = check(
            envcrypt_message_config_set_frame_length(config, (uint32_t)bytes, &error),
            &error, NULL);
    return rc;
}

static int
new_config(const cli *c, envcrypt_message_config **out)
{
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_message_config_new(out, &error), &error, NULL);

    return rc ? rc : set_limits(c, *out);
}

/* Reading allows signed messages: what comes last of one is held back until the signature
 * holds, and a file appears only then. */
int
settings_read(const cli *c, envcrypt_message_config **out)
{
    envcrypt_error *error = NULL;
    int rc = new_config(c, out);

    if (!rc)
        rc = set_context(c, *out);
    if (!rc)
        rc = set_policy(c, *out);
    if (!rc)
        rc = check(
            envcrypt_message_config_set_allow_signed(*out, !c->unsigned_only, &error),
            &error, NULL);
    return rc;
}

/* Between small frames, which waste little of a short message, and large ones, at which the
 * cipher runs at full speed. The file calls of the library choose alike. */
static uint32_t
frame_length_for(uint64_t size)
{
    static const struct {
        uint64_t most;
        uint32_t frame;
    } steps[] = {{65536, 4096}, {1048576, 16384}, {16777216, 65536}};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (size <= steps[i].most)
            return steps[i].frame;
    }
    return 262144;
}

int
settings_length(const cli *c, envcrypt_message_config *config, uint64_t size)
{
    envcrypt_error *error = NULL;
    int rc = 0;

    if (!c->frame_length)
        rc = check(envcrypt_message_config_set_frame_length(
                       config, frame_length_for(size), &error),
                   &error, NULL);
    if (!rc)
        rc = check(envcrypt_message_config_set_length_bound(config, size, &error),
                   &error, NULL);
    return rc;
}

int
settings_write(const cli *c, bool binds_context, envcrypt_message_config **out)
{
    int rc = new_config(c, out);

    if (!rc && binds_context)
        rc = set_context(c, *out);
    return rc ? rc : set_form(c, *out);
}
