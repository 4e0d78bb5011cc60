/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a change of a cluster. As it stands, and with the right sum behind it, so
 * that its members are reached: what is read is written again as a text that reads the same;
 * what is refused leaves an empty record.
 */
#include <string.h>

#include "base/encode.h"
#include "base/env.h"
#include "cluster/record.h"
#include "crypto/digest.h"
#include "fuzz.h"

static evc_env *env;
static evc_crypto *crypto;

static void
set_up(void)
{
    if (crypto)
        return;
    FUZZ_DEMAND(evc_env_open(65536, false, NULL, NULL, &env, NULL) == 0);
    FUZZ_DEMAND(evc_crypto_open(env, &crypto, NULL) == 0);
}

static void
try(evc_view text)
{
    static evc_cluster_record record;
    static evc_cluster_record again;
    evc_buf written;

    if (evc_cluster_record_read(crypto, text, &record, NULL) != 0) {
        FUZZ_DEMAND(record.cluster[0] == '\0' && record.began_ms == -1);
        return;
    }
    evc_buf_init(&written);
    FUZZ_DEMAND(evc_cluster_record_write(crypto, &record, &written, NULL) == 0);
    FUZZ_DEMAND(written.size <= EVC_RECORD_MAX);
    FUZZ_DEMAND(evc_cluster_record_read(crypto, evc_buf_view(&written), &again, NULL) ==
                0);
    FUZZ_DEMAND(record.verb == again.verb && record.ended == again.ended);
    FUZZ_DEMAND(strlen(record.cluster) == strlen(again.cluster));
    FUZZ_DEMAND(strlen(record.update.detail) == strlen(again.update.detail));
    evc_buf_reset(&written);
}

static void
try_with_sum(evc_view text)
{
    uint8_t sum[32];
    evc_buf whole;

    evc_buf_init(&whole);
    evc_buf_put_view(&whole, text);
    FUZZ_DEMAND(evc_digest(crypto, EVC_SHA256, &text, 1, sum, NULL) == 0);
    evc_buf_put_text(&whole, ",\n  \"sum\": \"");
    evc_encode_hex(&whole, evc_view_of(sum, sizeof(sum)));
    evc_buf_put_text(&whole, "\"\n}\n");
    FUZZ_DEMAND(!whole.failed);
    try(evc_buf_view(&whole));
    evc_buf_reset(&whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > EVC_RECORD_MAX)
        return 0;
    set_up();
    try(evc_view_of(data, size));
    try_with_sum(evc_view_of(data, size));
    return 0;
}
