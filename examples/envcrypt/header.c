/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of messages, and records, read from files without a key. */
#include "cli.h"

#include <stdlib.h>

#define HEAD_MAX 262144 /* more than a header or a record has under the limits */
#define DAYS_MAX 100000
#define MS_PER_DAY 86400000

static int
read_head(const char *path, unsigned char *head, size_t *size)
{
    input in;
    int rc = input_open(&in, path);

    if (!rc)
        rc = input_read_full(&in, head, HEAD_MAX, size);
    input_close(&in);
    return rc;
}

int
header_read(const cli *c, const char *path, envcrypt_message_info **out)
{
    envcrypt_message_config *config = NULL;
    envcrypt_error *error = NULL;
    unsigned char *head = malloc(HEAD_MAX);
    size_t size = 0;
    int rc =
        head ? read_head(path, head, &size) : refuse(ENVCRYPT_E_NOMEM, "out of memory");

    *out = NULL;
    if (!rc)
        rc = settings_write(c, false, &config);
    if (!rc)
        rc = check(envcrypt_inspect(head, size, config, out, &error), &error, path);
    envcrypt_message_config_free(config);
    free(head);
    return rc;
}

int
header_parse_age(cli *c)
{
    uint64_t days = 0;

    c->max_age_ms = -1;
    if (!c->max_age)
        return 0;
    if (!parse_number(c->max_age, 0, DAYS_MAX, &days))
        return refuse(ENVCRYPT_E_ARGUMENT, "--max-age takes days, not %s", c->max_age);
    c->max_age_ms = (int64_t)days * MS_PER_DAY;
    return 0;
}

int
header_due(const cli *c, const char *path, const envcrypt_message_info *info,
           envcrypt_keyring *keyring, int32_t *out)
{
    envcrypt_error *error = NULL;

    return check(
        envcrypt_message_info_needs_rewrap(info, keyring, c->max_age_ms, out, &error),
        &error, path);
}
