/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of IBM Cloud Kubernetes Service and of IAM's policies, each by every reader: nothing
 * is over that is not ready, no role is held that there is not, and of a kubeconfig all comes
 * out or nothing does.
 */
#include <string.h>

#include "base/mem.h"
#include "cluster/iks_access.h"
#include "cluster/iks_change.h"
#include "cluster/iks_errors.h"
#include "cluster/iks_judge.h"
#include "cluster/iks_roles.h"
#include "cluster/iks_status.h"
#include "fuzz.h"

#define EVERY_ROLE 31u

static void
look_at_change(const evc_iks_status *status, const evc_cluster_state *state)
{
    const evc_iks_use use = {.found = true, .newest = true};
    const evc_iks_look look = {.status = status,
                               .mark = evc_cluster_state_text(state, EVC_CLUSTER_MARK),
                               .use = &use,
                               .now_ms = INT64_C(1700000000000)};
    evc_cluster_update update;

    evc_cluster_update_init(&update);
    evc_iks_judge(EVC_VERB_ENABLE, &look, &update);
    FUZZ_DEMAND(strlen(update.detail) < sizeof(update.detail));
    if (update.phase == EVC_UPDATE_DONE)
        FUZZ_DEMAND(status->enabled && state->phase == EVC_CLUSTER_STEADY);
    FUZZ_DEMAND((update.phase == EVC_UPDATE_FAILED) ==
                (state->phase == EVC_CLUSTER_BROKEN));
}

static void
read_status(const evc_json *root)
{
    evc_iks_status status;
    evc_cluster_state state;
    int rc = evc_iks_status_read(root, &status, NULL);

    if (rc) {
        FUZZ_DEMAND(rc == ENVCRYPT_E_PROTOCOL);
        return;
    }
    FUZZ_DEMAND(status.id[0]);
    evc_cluster_state_init(&state);
    FUZZ_DEMAND(evc_iks_status_tell(&status, &state, NULL) == 0);
    FUZZ_DEMAND((state.phase == EVC_CLUSTER_STEADY) <=
                evc_iks_status_is_ready(&status));
    (void)evc_iks_is_cluster(status.crn, status.id, NULL);
    look_at_change(&status, &state);
    evc_cluster_state_reset(&state);
}

static void
read_policies(const evc_json *root)
{
    static const evc_iks_site site = {.account = "a", .cluster = "c", .instance = "i"};
    evc_iks_roles roles = {.complete = true};

    evc_iks_roles_add(root, &site, &roles);
    for (size_t i = 0; evc_json_at(root, i); i++)
        evc_iks_roles_add(evc_json_at(root, i), &site, &roles);
    FUZZ_DEMAND((roles.held & ~EVERY_ROLE) == 0 && (roles.maybe & ~EVERY_ROLE) == 0);
}

static void
read_kubeconfig(const uint8_t *data, size_t size)
{
    static evc_arena *arena;
    evc_iks_kubeconfig config;

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    if (evc_iks_kubeconfig_read(evc_view_of(data, size), arena, &config, NULL)) {
        FUZZ_DEMAND(!config.server && !config.ca && !config.token.bytes);
        return;
    }
    FUZZ_DEMAND(strncmp(config.server, "https://", 8) == 0 && config.token.size > 0);
    evc_iks_kubeconfig_reset(&config);
}

static void
classify(const uint8_t *data, size_t size)
{
    evc_exchange x;
    evc_fault fault = {.retry_after_ms = -1};

    evc_exchange_init(&x);
    x.status = size ? 400 + data[0] : 400;
    evc_buf_put(&x.reply, data, size);
    evc_iks_classify(&x, &fault);
    (void)evc_iks_says_former(evc_buf_view(&x.reply));
    FUZZ_DEMAND(fault.code < 0 && strlen(fault.provider_code) < EVC_FAULT_TEXT);
    evc_exchange_reset(&x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_json_doc *doc = NULL;

    if (!evc_json_parse(evc_view_of(data, size), "input", &doc, NULL)) {
        read_status(evc_json_root(doc));
        read_policies(evc_json_root(doc));
    }
    evc_json_free(doc);
    read_kubeconfig(data, size);
    classify(data, size);
    return 0;
}
