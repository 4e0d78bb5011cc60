/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EKS answers with, a key's policy and a ClusterConfig of eksctl, each read of the same
 * text: what is kept of it has the form that the rest of the library counts on, and what is
 * refused leaves nothing.
 */
#include <string.h>

#include "base/utf8.h"
#include "cloud/aws_arn.h"
#include "cluster/eks_cluster.h"
#include "cluster/eks_errors.h"
#include "cluster/eks_policy.h"
#include "cluster/eks_update.h"
#include "cluster/eksctl.h"
#include "fuzz.h"
#include "net/http.h"

#define MAX_TEXT 65536u

static void
try_cluster(const evc_json *root)
{
    evc_cluster_state state;
    const char *account;

    evc_cluster_state_init(&state);
    if (evc_eks_cluster_read(root, &state, NULL) == 0) {
        account = evc_cluster_state_text(&state, EVC_CLUSTER_ACCOUNT);
        FUZZ_DEMAND(evc_aws_is_account(evc_view_text(account)));
        FUZZ_DEMAND(evc_cluster_state_text(&state, EVC_CLUSTER_ID)[0]);
        FUZZ_DEMAND(state.encryption != ENVCRYPT_CLUSTER_ENCRYPTION_OWN ||
                    evc_cluster_state_text(&state, EVC_CLUSTER_KEY_GIVEN)[0]);
        for (size_t i = 0; state.issues && i < state.issues->rows; i++) {
            const char *message = evc_table_cell(state.issues, i, 1);

            FUZZ_DEMAND(!message || evc_is_utf8(evc_view_text(message)));
        }
    }
    evc_cluster_state_reset(&state);
}

static void
try_update(const evc_json *root)
{
    evc_eks_update update;

    if (evc_eks_update_read(root, &update, NULL) != 0)
        return;
    FUZZ_DEMAND(update.id[0] && memchr(update.id, 0, sizeof(update.id)));
    FUZZ_DEMAND(memchr(update.key, 0, sizeof(update.key)));
    FUZZ_DEMAND(memchr(update.why, 0, sizeof(update.why)));
    FUZZ_DEMAND(evc_is_utf8(evc_view_text(update.why)));
}

static void
try_error(evc_view text)
{
    evc_fault fault = {.retry_after_ms = -1};
    evc_exchange x;

    evc_exchange_init(&x);
    x.method = "GET";
    x.status = 400;
    evc_buf_put_view(&x.reply, text);
    FUZZ_DEMAND(!x.reply.failed);
    evc_eks_classify(&x, &fault);
    FUZZ_DEMAND(fault.code != 0);
    evc_exchange_reset(&x);
}

static void
try_config(evc_view text)
{
    evc_eksctl config;

    if (evc_eksctl_read(text, "a file", &config, NULL) == 0)
        FUZZ_DEMAND(config.name && config.name[0]);
    else
        FUZZ_DEMAND(!config.name && !config.region && !config.undone);
    evc_eksctl_reset(&config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char copy[MAX_TEXT + 1];
    evc_view text = evc_view_of(data, size);
    evc_json_doc *doc = NULL;

    if (size > MAX_TEXT)
        return 0;
    if (evc_json_parse(text, "an answer", &doc, NULL) == 0) {
        try_cluster(evc_json_root(doc));
        try_update(evc_json_root(doc));
        evc_json_free(doc);
    }
    evc_view_to_text(text, copy);
    (void)evc_eks_policy_gates_grants(copy);
    try_error(text);
    try_config(text);
    return 0;
}
