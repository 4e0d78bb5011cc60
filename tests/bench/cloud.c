/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unwrapping many records of a cloud key: all at a time against one by one, in both modes
 * of memory, and what one signed request costs. The service is cloud-server.c; its delay
 * stands for the round trip, and the round trips of handshakes cost nothing here.
 *
 *     cloud [--json] [--smoke]
 */
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "cloud-server.h"

#define DELAY_MS 20
#define RECORDS 1000u
#define SMOKE_RECORDS 20u
#define WIDTH 16u
#define COUNTED 200u /* requests whose instructions are counted */

typedef struct world {
    cloud_server *server;
    envcrypt_client *client;
    envcrypt_keyring *keyring;
} world;

static void
open_world(world *w, const char *memory, cloud_server *server)
{
    envcrypt_client_config *config = NULL;
    envcrypt_keyring_config *keys = NULL;
    envcrypt_kms_config *how = NULL;
    envcrypt_credentials *credentials = NULL;
    envcrypt_kms *kms = NULL;
    char endpoint[64];

    (void)snprintf(endpoint, sizeof(endpoint), "https://127.0.0.1:%d",
                   cloud_server_port(server));
    w->server = server;
    MUST(envcrypt_client_config_new(&config, &must_err));
    MUST(envcrypt_client_config_set(config, "memory", memory, &must_err));
    MUST(envcrypt_client_config_set(config, "deadline-ms", "600000", &must_err));
    MUST(envcrypt_client_open(config, &w->client, &must_err));
    MUST(envcrypt_credentials_new(w->client, "aws", "AKIDBENCH", "secret", 6, NULL, 0,
                                  NULL, &credentials, &must_err));
    MUST(envcrypt_kms_config_new(&how, &must_err));
    MUST(envcrypt_kms_config_set(how, "endpoint", endpoint, &must_err));
    MUST(envcrypt_kms_config_set(how, "ca-file", cloud_server_ca(server), &must_err));
    MUST(envcrypt_kms_config_set_credentials(how, credentials, &must_err));
    MUST(envcrypt_kms_open(w->client, "aws-kms:///" CLOUD_KEY, how, NULL, &kms,
                           &must_err));
    MUST(envcrypt_keyring_config_new(&keys, &must_err));
    MUST(envcrypt_keyring_config_set_generator(keys, kms, &must_err));
    MUST(envcrypt_keyring_open(w->client, keys, &w->keyring, &must_err));
    envcrypt_keyring_config_free(keys);
    envcrypt_kms_unref(kms);
    envcrypt_kms_config_free(how);
    envcrypt_credentials_unref(credentials);
    envcrypt_client_config_free(config);
}

static void
close_world(world *w)
{
    envcrypt_keyring_unref(w->keyring);
    envcrypt_client_unref(w->client);
}

/* A bulk whose results are the records. */
static envcrypt_bulk *
make_records(const world *w, size_t count)
{
    envcrypt_bulk *bulk = NULL;

    MUST(envcrypt_bulk_new(w->keyring, &bulk, &must_err));
    for (size_t i = 0; i < count; i++)
        MUST(envcrypt_bulk_add_generate(bulk, 32, NULL, &must_err));
    MUST(envcrypt_bulk_run(bulk, WIDTH, NULL, &must_err));
    return bulk;
}

static void
unwrap_one(const world *w, const envcrypt_bulk *records, size_t index)
{
    envcrypt_dek *dek = NULL;
    size_t size;
    const void *record = envcrypt_bulk_record(records, index, &size);

    MUST(envcrypt_dek_unwrap(w->keyring, record, size, NULL, NULL, &dek, &must_err));
    envcrypt_dek_free(dek);
}

static double
seconds_one_by_one(const world *w, const envcrypt_bulk *records)
{
    uint64_t begin = bench_wall_ns();

    for (size_t i = 0; i < envcrypt_bulk_count(records); i++)
        unwrap_one(w, records, i);
    return (double)(bench_wall_ns() - begin) / 1e9;
}

static double
seconds_in_bulk(const world *w, const envcrypt_bulk *records)
{
    envcrypt_bulk *bulk = NULL;
    uint64_t begin = bench_wall_ns();

    MUST(envcrypt_bulk_new(w->keyring, &bulk, &must_err));
    for (size_t i = 0; i < envcrypt_bulk_count(records); i++) {
        size_t size;
        const void *record = envcrypt_bulk_record(records, i, &size);

        MUST(envcrypt_bulk_add_unwrap(bulk, record, size, NULL, &must_err));
    }
    MUST(envcrypt_bulk_run(bulk, WIDTH, NULL, &must_err));
    envcrypt_bulk_free(bulk);
    return (double)(bench_wall_ns() - begin) / 1e9;
}

/* --- what a request costs --------------------------------------------------------- */

/* A counter of this thread's instructions outside of the kernel; -1: not permitted. */
static int
open_counter(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof(attr),
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};

    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

typedef struct cost {
    double value;
    const char *unit;
} cost;

static cost
cost_of_request(const world *w, const envcrypt_bulk *records, size_t count)
{
    int counter = open_counter();
    uint64_t before = 0;
    uint64_t after = 0;
    uint64_t cpu;
    int counted;

    unwrap_one(w, records, 0); /* the connection */
    counted = counter >= 0 && read(counter, &before, sizeof(before)) > 0;
    cpu = bench_cpu_ns();
    for (size_t i = 0; i < count; i++)
        unwrap_one(w, records, i % envcrypt_bulk_count(records));
    cpu = bench_cpu_ns() - cpu;
    counted = counted && read(counter, &after, sizeof(after)) > 0 && after > before;
    if (counter >= 0)
        (void)close(counter);
    if (counted)
        return (cost){(double)(after - before) / (double)count, "instructions"};
    return (cost){(double)cpu / (double)count, "ns of CPU time"};
}

/* --- output ----------------------------------------------------------------------- */

typedef struct figures {
    const char *memory;
    double bulk;
    double single;
    unsigned long connections; /* of the bulk */
    cost request;
} figures;

static void
measure(const bench *b, cloud_server *server, const char *memory, figures *f)
{
    size_t count = b->smoke ? SMOKE_RECORDS : RECORDS;
    envcrypt_bulk *records;
    world w;

    open_world(&w, memory, server);
    records = make_records(&w, count);
    f->memory = memory;
    f->connections = cloud_server_connections(server);
    f->bulk = seconds_in_bulk(&w, records);
    f->connections = cloud_server_connections(server) - f->connections;
    f->single = seconds_one_by_one(&w, records);
    f->request = cost_of_request(&w, records, b->smoke ? 5 : COUNTED);
    envcrypt_bulk_free(records);
    close_world(&w);
}

static void
print(const bench *b, const figures *f, size_t count)
{
    if (!b->json) {
        printf(
            "%-6s %zu unwraps at %d ms: one by one %.2f s, in bulk %.2f s, %.1f times "
            "as fast, %lu connections; a request %.0f %s\n",
            f->memory, count, DELAY_MS, f->single, f->bulk, f->single / f->bulk,
            f->connections, f->request.value, f->request.unit);
        return;
    }
    printf(
        "{\"memory\": \"%s\", \"unwraps\": %zu, \"delay_ms\": %d, \"width\": %u, "
        "\"single_s\": %.3f, \"bulk_s\": %.3f, \"ratio\": %.2f, \"connections\": %lu, "
        "\"request\": %.0f, \"request_unit\": \"%s\"}",
        f->memory, count, DELAY_MS, WIDTH, f->single, f->bulk, f->single / f->bulk,
        f->connections, f->request.value, f->request.unit);
}

int
main(int argc, char **argv)
{
    static const char *const modes[] = {"fast", "strict"};
    bench b = {0};
    cloud_server *server;

    for (int i = 1; i < argc; i++) {
        b.json |= strcmp(argv[i], "--json") == 0;
        b.smoke |= strcmp(argv[i], "--smoke") == 0;
    }
    server = cloud_server_start(DELAY_MS);
    if (b.json)
        printf("{\"results\": [");
    for (size_t i = 0; i < 2; i++) {
        figures f;

        measure(&b, server, modes[i], &f);
        if (b.json)
            printf("%s\n  ", i ? "," : "");
        print(&b, &f, b.smoke ? SMOKE_RECORDS : RECORDS);
    }
    if (b.json)
        printf("\n]}\n");
    cloud_server_stop(server);
    return 0;
}
