/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots of etcd: whatever stands there, reading ends with 0 or with the error of dumps,
 * gives nothing when it fails, and says the same again. The sums of meta pages are made
 * right first, since nobody would find them by chance; so is the checksum at the end.
 */
#include <string.h>

#include "crypto/digest.h"
#include "envcrypt/k8s.h"
#include "fuzz.h"
#include "k8s/bolt.h"
#include "k8s/etcd_snapshot.h"

#define INPUT_MAX 65536u

static evc_crypto *
open_crypto(void)
{
    static evc_crypto *crypto; /* never freed */
    evc_env *env = NULL;

    if (!crypto) {
        FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
        FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    }
    return crypto;
}

/* Of a meta page that says how it is stored by its magic. */
static void
sum_meta(uint8_t *bytes, size_t size, size_t at)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    bool big_endian;

    if (size < 80 || at > size - 80)
        return;
    big_endian = bytes[at + 16] == 0xed;
    for (size_t i = 16; i < 72; i++)
        hash = (hash ^ bytes[at + i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < 8; i++)
        bytes[at + 72 + (big_endian ? 7 - i : i)] = (uint8_t)(hash >> 8 * i);
}

static void
make_right(uint8_t *bytes, size_t size)
{
    sum_meta(bytes, size, 0);
    sum_meta(bytes, size, 1024);
    sum_meta(bytes, size, 4096);
    if (size % 512 == 32) {
        const evc_view all = evc_view_of(bytes, size - 32);

        FUZZ_DEMAND(
            !evc_digest(open_crypto(), EVC_SHA256, &all, 1, &bytes[size - 32], NULL));
    }
}

typedef struct told {
    uint64_t hash;
    size_t pairs;
    int64_t revision;
} told;

static int
take(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    told *t = user;

    (void)err;
    FUZZ_DEMAND(pair->key.size > 0);
    FUZZ_DEMAND(pair->mod_revision >= t->revision);
    for (size_t i = 0; i < pair->key.size; i++)
        t->hash = (t->hash ^ pair->key.data[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < pair->value.size; i++)
        t->hash = (t->hash ^ pair->value.data[i]) * UINT64_C(0x100000001b3);
    t->revision = pair->mod_revision;
    t->pairs++;
    return 0;
}

static int
read_file(evc_etcd_snapshot *snapshot, told *t)
{
    const evc_etcd_range range = {{NULL, 0}, false};

    *t = (told){0};
    return evc_etcd_source_snapshot.read(snapshot, &range, NULL, take, t, NULL);
}

static void
check_file(const char *path)
{
    evc_etcd_snapshot *snapshot;
    evc_infile file;
    bool is_bolt;
    told first;
    told second;
    int rc;

    FUZZ_DEMAND(evc_infile_open(&file, path, NULL) == 0);
    FUZZ_DEMAND(evc_bolt_recognize(&file, &is_bolt, NULL) == 0);
    FUZZ_DEMAND(evc_etcd_snapshot_open(open_crypto(), &file, 100, &snapshot, NULL) ==
                0);
    rc = read_file(snapshot, &first);
    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_ETCD_DUMP);
    FUZZ_DEMAND(rc == 0 ? is_bolt : first.pairs == 0);
    FUZZ_DEMAND(read_file(snapshot, &second) == rc);
    FUZZ_DEMAND(first.hash == second.hash && first.pairs == second.pairs);
    evc_etcd_source_snapshot.close(snapshot);
    evc_infile_close(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[INPUT_MAX];

    if (size > sizeof(bytes))
        return 0;
    if (size)
        memcpy(bytes, data, size);
    make_right(bytes, size);
    check_file(fuzz_file(bytes, size));
    return 0;
}
