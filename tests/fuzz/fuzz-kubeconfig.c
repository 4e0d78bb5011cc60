/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfigs: access that is whole comes out, or an error with a message. The file is written
 * anew for each input, to memory.
 */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz.h"
#include "k8s/kubeconfig.h"

static int memory = -1;
static char path[64];

static void
put(const uint8_t *data, size_t size)
{
    if (memory < 0) {
        memory = memfd_create("kubeconfig", MFD_CLOEXEC);
        FUZZ_DEMAND(memory >= 0);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
    }
    FUZZ_DEMAND(ftruncate(memory, 0) == 0);
    FUZZ_DEMAND(pwrite(memory, data, size, 0) == (ssize_t)size);
}

static void
check(const evc_kube_access *access)
{
    FUZZ_DEMAND(access->server && *access->server);
    FUZZ_DEMAND(access->origin && *access->origin);
    FUZZ_DEMAND(!access->token_file || access->token_file[0] == '/');
    FUZZ_DEMAND(!access->token_file || !access->token.bytes);
    FUZZ_DEMAND(!access->cert_pem == !access->key_pem.bytes);
    FUZZ_DEMAND(!access->exec.command || access->exec.user);
    FUZZ_DEMAND(access->as.count == 0 ||
                strcmp(access->as.items[0].name, "Impersonate-User") == 0);
}

static void
run(const evc_kubeconfig_wish *wish, evc_arena *arena)
{
    evc_kube_access access;
    evc_arena_status status;
    evc_error *err = NULL;
    int rc;

    evc_kube_access_init(&access);
    rc = evc_kubeconfig_read(wish, arena, NULL, &access, &err);
    FUZZ_DEMAND(evc_error_code(err) == rc);
    if (rc == 0)
        check(&access);
    else
        FUZZ_DEMAND(*evc_error_message(err));
    evc_error_free(err);
    evc_kube_access_reset(&access);
    evc_arena_get_status(arena, &status);
    FUZZ_DEMAND(status.used_slots == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_arena *arena;
    evc_kubeconfig_wish wish = {.files = path, .allow_exec = true};

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    put(data, size);
    run(&wish, arena);
    wish.no_user = true;
    run(&wish, arena);
    wish = (evc_kubeconfig_wish){.files = path, .cluster = "c", .user = "u"};
    run(&wish, arena);
    return 0;
}
