/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our side of the tests against etcd.
 *
 *   read [ENDPOINT=… CA-FILE=… …] read PREFIX [N]   of a live etcd: the options are those of
 *   read [ENDPOINT=… CA-FILE=… …] get KEY           envcrypt_etcd_config_set, in any case
 *   read FILE=PATH read PREFIX [N]                  of a dump or a snapshot
 *   read FILE=PATH get KEY
 *   read … census PREFIX
 *   read … scan PREFIX
 *
 * Prints a line of JSON for each pair, {"key", "value": base64, "create", "mod"}, and at the end
 * {"peak_kib"}. With N it stops behind N pairs, prints {"paused"}, and goes on when a line comes on
 * standard input. scan prints {"copies"}: how often the last value stands in writable memory when all
 * was read and etcd is open still, and {"planted"}: the same with one copy more. A failure is {"code",
 * "text"} and exit code 1.
 */
#include <ctype.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"
#include "evc-memscan.h"

static envcrypt_client *client;
static envcrypt_error *err;
static long pause_after = -1;

static void
print(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    (void)puts(text);
    (void)fflush(stdout);
    free(text);
    json_decref(object);
}

static void
check(int rc)
{
    if (rc == 0)
        return;
    print(json_pack("{s:s, s:s}", "code", envcrypt_error_name(rc), "text",
                    envcrypt_error_message(err)));
    exit(1);
}

static json_t *
base64(const void *bytes, size_t size)
{
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    json_t *out;

    if (!text)
        exit(2);
    (void)sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    out = json_string(text);
    free(text);
    return out;
}

static int32_t
print_pair(void *user, const void *key, size_t key_size, const void *value,
           size_t value_size, int64_t create_revision, int64_t mod_revision)
{
    long *count = user;
    char line[16];

    print(json_pack("{s:o, s:o, s:I, s:I}", "key", base64(key, key_size), "value",
                    base64(value, value_size), "create", (json_int_t)create_revision,
                    "mod", (json_int_t)mod_revision));
    if (++*count == pause_after) {
        print(json_pack("{s:b}", "paused", 1));
        if (!fgets(line, sizeof(line), stdin))
            exit(2);
    }
    return 0;
}

static int32_t
count_pair(void *user, const void *key, size_t key_size, const void *value,
           size_t value_size, int64_t create_revision, int64_t mod_revision)
{
    (void)create_revision;
    check(envcrypt_census_add(user, key, key_size, value, value_size, mod_revision,
                              &err));
    return 0;
}

/* Name and value of NAME=VALUE, the name in lower case. */
static char *
split(char *text)
{
    char *at = strchr(text, '=');

    if (!at)
        return NULL;
    *at = 0;
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return at + 1;
}

static envcrypt_etcd *
open_etcd(int *argc, char ***argv)
{
    envcrypt_etcd_config *config;
    envcrypt_etcd *etcd = NULL;
    char *value;

    check(envcrypt_etcd_config_new(&config, &err));
    while (*argc > 0 && (value = split(**argv))) {
        if (strcmp(**argv, "file") == 0)
            check(envcrypt_etcd_open_file(client, value, &etcd, &err));
        else
            check(envcrypt_etcd_config_set(config, **argv, value, &err));
        ++*argv;
        --*argc;
    }
    if (!etcd)
        check(envcrypt_etcd_open(client, config, &etcd, &err));
    envcrypt_etcd_config_free(config);
    return etcd;
}

static void
get(envcrypt_etcd *etcd, const char *key)
{
    envcrypt_buffer *value;
    int64_t revision;

    check(envcrypt_etcd_get(etcd, key, NULL, &value, &revision, &err));
    print(json_pack("{s:o, s:I}", "value",
                    base64(envcrypt_buffer_data(value), envcrypt_buffer_size(value)),
                    "mod", (json_int_t)revision));
    envcrypt_buffer_free(value);
}

static void
print_table(envcrypt_table *table)
{
    for (size_t row = 0; row < envcrypt_table_rows(table); row++) {
        json_t *object = json_object();

        for (size_t column = 0; column < envcrypt_table_columns(table); column++) {
            const char *cell = envcrypt_table_cell(table, row, column);

            if (cell)
                json_object_set_new(object, envcrypt_table_column(table, column),
                                    json_string(cell));
        }
        print(object);
    }
    envcrypt_table_free(table);
}

static void
take_census(envcrypt_etcd *etcd, const char *prefix)
{
    envcrypt_census *census;
    envcrypt_table *table;

    check(envcrypt_census_new(client, &census, &err));
    check(envcrypt_etcd_read(etcd, prefix, count_pair, census, NULL, NULL, &err));
    check(envcrypt_census_table(census, &table, &err));
    print_table(table);
    check(envcrypt_census_keys(census, &table, &err));
    print_table(table);
    envcrypt_census_free(census);
}

#define SCANNED 48u /* bytes of a value, which are 64 characters of base64 */

typedef struct scans {
    evc_memscan plain;
    evc_memscan base64;
} scans;

/* Of a value's first bytes. Nothing of it is kept but masked. */
static int32_t
mask_value(void *user, const void *key, size_t key_size, const void *value,
           size_t value_size, int64_t create_revision, int64_t mod_revision)
{
    scans *found = user;
    unsigned char masked[SCANNED];
    unsigned char text[SCANNED / 3 * 4 + 1];

    (void)key;
    (void)key_size;
    (void)create_revision;
    (void)mod_revision;
    if (value_size < SCANNED)
        return 0;
    (void)sodium_bin2base64((char *)text, sizeof(text), value, SCANNED,
                            sodium_base64_VARIANT_ORIGINAL);
    for (size_t i = 0; i < SCANNED; i++)
        masked[i] = ((const unsigned char *)value)[i] ^ EVC_MEMSCAN_MASK;
    evc_memscan_for_masked(&found->plain, masked, SCANNED);
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] ^= EVC_MEMSCAN_MASK;
    evc_memscan_for_masked(&found->base64, text, sizeof(text) - 1);
    return 0;
}

static int
count_copies(const scans *found)
{
    return (int)evc_memscan_count(&found->plain) +
           (int)evc_memscan_count(&found->base64);
}

static void
scan_memory(envcrypt_etcd *etcd, const char *prefix)
{
    static unsigned char planted[SCANNED];
    static scans found;

    check(envcrypt_etcd_read(etcd, prefix, mask_value, &found, NULL, NULL, &err));
    print(json_pack("{s:i}", "copies", count_copies(&found)));
    for (size_t i = 0; i < SCANNED; i++)
        planted[i] = found.plain.masked[i] ^ EVC_MEMSCAN_MASK;
    print(json_pack("{s:i}", "planted", count_copies(&found)));
    sodium_memzero(planted, sizeof(planted));
}

static void
print_peak(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    long kib = 0;

    while (status && fgets(line, sizeof(line), status)) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    }
    if (status)
        (void)fclose(status);
    print(json_pack("{s:I}", "peak_kib", (json_int_t)kib));
}

int
main(int argc, char **argv)
{
    envcrypt_etcd *etcd;
    long count = 0;

    argc--;
    argv++;
    if (sodium_init() < 0)
        return 2;
    check(envcrypt_client_open(NULL, &client, &err));
    etcd = open_etcd(&argc, &argv);
    if (argc < 2)
        return 2;
    if (argc > 2)
        pause_after = strtol(argv[2], NULL, 10);
    if (strcmp(argv[0], "get") == 0)
        get(etcd, argv[1]);
    else if (strcmp(argv[0], "scan") == 0)
        scan_memory(etcd, argv[1]);
    else if (strcmp(argv[0], "census") == 0)
        take_census(etcd, argv[1]);
    else
        check(envcrypt_etcd_read(etcd, argv[1], print_pair, &count, NULL, NULL, &err));
    print_peak();
    envcrypt_etcd_close(etcd);
    envcrypt_client_unref(client);
    return 0;
}
