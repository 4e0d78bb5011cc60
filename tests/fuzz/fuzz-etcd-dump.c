/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dumps of etcdctl, by way of a file: whatever stands there, reading ends with 0 or with the
 * error of dumps, and says the same again. And each as one reply of the gateway: where the
 * parts end changes nothing of what is told.
 */
#include <string.h>

#include "fuzz.h"
#include "k8s/etcd_dump.h"
#include "k8s/etcd_json.h"

/* What was told: bytes and sizes, mixed. */
typedef struct told {
    uint64_t hash;
    size_t pairs;
} told;

static void
mix(told *t, evc_view bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        t->hash = (t->hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    t->hash = (t->hash ^ bytes.size) * UINT64_C(0x100000001b3);
}

static int
take(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    told *t = user;

    (void)err;
    FUZZ_DEMAND(pair->key.size > 0 && pair->value.data);
    FUZZ_DEMAND(pair->create_revision >= 0 && pair->mod_revision >= 0);
    mix(t, pair->key);
    mix(t, pair->value);
    mix(t, evc_view_of(&pair->mod_revision, sizeof(pair->mod_revision)));
    t->pairs++;
    return 0;
}

static int
read_reply(evc_view text, size_t part, told *t)
{
    static evc_etcd_json j;
    int rc = 0;

    *t = (told){0};
    evc_etcd_json_begin(&j, take, t);
    for (size_t at = 0; rc == 0 && at < text.size; at += part) {
        size_t size = text.size - at < part ? text.size - at : part;

        rc = evc_etcd_json_feed(&j, evc_view_of(&text.data[at], size), NULL);
    }
    if (rc == 0)
        rc = evc_etcd_json_end(&j, NULL);
    evc_etcd_json_reset(&j);
    return rc;
}

static void
check_reply(evc_view text)
{
    told whole;
    told bytes;
    int rc = read_reply(text, text.size ? text.size : 1, &whole);

    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_JSON);
    FUZZ_DEMAND(read_reply(text, 1, &bytes) == rc);
    FUZZ_DEMAND(whole.hash == bytes.hash && whole.pairs == bytes.pairs);
}

static void
check_file(const char *path)
{
    const evc_etcd_range range = {{NULL, 0}, false};
    evc_etcd_dump *dump = NULL;
    evc_instream in;
    int rc;

    FUZZ_DEMAND(evc_instream_open(&in, path, NULL) == 0);
    rc = evc_etcd_dump_open(&in, &dump, NULL);
    if (rc == 0) {
        told first = {0};
        told second = {0};

        rc = evc_etcd_source_dump.read(dump, &range, NULL, take, &first, NULL);
        FUZZ_DEMAND(
            evc_etcd_source_dump.read(dump, &range, NULL, take, &second, NULL) == rc);
        FUZZ_DEMAND(first.hash == second.hash && first.pairs == second.pairs);
    }
    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_ETCD_DUMP);
    evc_etcd_source_dump.close(dump);
    evc_instream_close(&in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_reply(evc_view_of(data, size));
    check_file(fuzz_file(data, size));
    return 0;
}
