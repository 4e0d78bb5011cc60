/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Re-encrypting the Secrets of a real API server, beside those who do the same: Kubernetes'
 * own Go client with as many patches in flight (tests/partners/kubeserver/plainclient), and
 * kubectl as the guides of clouds have it. Every client works on the same server, which has
 * stored everything under an older key before; each is a process of its own, so that its
 * memory is its own.
 *
 *     reencrypt [--json] [--smoke] [--secrets COUNT]
 *
 * Without the partners it says so and ends with 77; in CI with 1.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define SECRETS 5000
#define SECRETS_OF_KUBECTL 1000 /* which takes its time */
#define SMOKE_SECRETS 40
#define ROUNDS 5
#define IN_FLIGHT "8"

/* --- one run of ours: reencrypt --client KUBECONFIG MODE SECOND-PASS ---------------- */

static void
set(envcrypt_reencrypt_config *config, const char *name, const char *value)
{
    MUST(envcrypt_reencrypt_config_set(config, name, value, &must_err));
}

static envcrypt_kube *
open_kube(envcrypt_client *client, const char *kubeconfig)
{
    envcrypt_kube_config *config = NULL;
    envcrypt_kube *kube = NULL;

    MUST(envcrypt_kube_config_new(client, &config, &must_err));
    MUST(envcrypt_kube_config_set(config, "kubeconfig", kubeconfig, &must_err));
    MUST(envcrypt_kube_open(config, &kube, &must_err));
    envcrypt_kube_config_free(config);
    return kube;
}

static int
be_client(char **words)
{
    envcrypt_client *client = NULL;
    envcrypt_reencrypt_config *config = NULL;
    envcrypt_reencrypt_report *report = NULL;
    uint64_t begin = bench_wall_ns();
    envcrypt_kube *kube;

    MUST(envcrypt_client_open(NULL, &client, &must_err));
    kube = open_kube(client, words[0]);
    MUST(envcrypt_reencrypt_config_new(&config, &must_err));
    set(config, "mode", words[1]);
    set(config, "second-pass", words[2]);
    set(config, "in-flight", IN_FLIGHT);
    MUST(envcrypt_reencrypt_run(kube, config, NULL, NULL, NULL, NULL, &report,
                                &must_err));
    printf("{\"seconds\":%.6f,\"count\":%lld,\"failed\":%lld}\n",
           (double)(bench_wall_ns() - begin) / 1e9,
           (long long)envcrypt_reencrypt_report_figure(
               report, ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN),
           (long long)envcrypt_reencrypt_report_figure(
               report, ENVCRYPT_REENCRYPT_FIGURE_FAILED));
    envcrypt_reencrypt_report_free(report);
    envcrypt_reencrypt_config_free(config);
    envcrypt_kube_unref(kube);
    envcrypt_client_unref(client);
    return 0;
}

/* --- processes -------------------------------------------------------------------- */

static void
give_up(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* Starts words; *out is its output, *in its input when it is wanted. */
static pid_t
start(const char *const *words, FILE **out, FILE **in)
{
    char *copy[16] = {NULL};
    int output[2];
    int input[2] = {-1, -1};
    pid_t child;

    if (!words[0])
        give_up("no program");
    for (size_t i = 0; i < 15 && words[i]; i++)
        memcpy(&copy[i], &words[i], sizeof(copy[i])); /* by copies, for its const */
    if (pipe(output) != 0 || (in && pipe(input) != 0))
        give_up("no pipe");
    child = fork();
    if (child < 0)
        give_up("no process");
    if (child == 0) {
        if (dup2(output[1], STDOUT_FILENO) < 0 ||
            (in && dup2(input[0], STDIN_FILENO) < 0))
            _exit(126);
        (void)close(output[0]);
        if (in)
            (void)close(input[1]);
        (void)execvp(words[0], copy);
        _exit(127);
    }
    (void)close(output[1]);
    *out = fdopen(output[0], "r");
    if (in) {
        (void)close(input[0]);
        *in = fdopen(input[1], "w");
    }
    return child;
}

typedef struct run {
    double seconds;
    unsigned long count;
    long rss_kib;
} run;

/* A client that prints {"seconds", "count", "failed"}; count 0 = it prints nothing of use,
 * and the clock here counts. */
static run
run_client(const char *const *words, unsigned long count)
{
    uint64_t begin = bench_wall_ns();
    unsigned long failed = 0;
    struct rusage usage;
    char line[256] = "";
    run r = {.count = count};
    FILE *out;
    pid_t child = start(words, &out, NULL);
    int status;
    size_t size = fread(line, 1, sizeof(line) - 1, out);

    while (count && size && fread(line, 1, sizeof(line) - 1, out) > 0)
        continue;
    if (wait4(child, &status, 0, &usage) != child || status != 0)
        give_up("a client failed; see its error above");
    (void)fclose(out);
    r.seconds = (double)(bench_wall_ns() - begin) / 1e9;
    r.rss_kib = usage.ru_maxrss;
    if (!count && (sscanf(line, "{\"seconds\":%lf,\"count\":%lu,\"failed\":%lu}",
                          &r.seconds, &r.count, &failed) != 3 ||
                   failed > 0))
        give_up("a client did not rewrite everything");
    return r;
}

/* --- the cluster ------------------------------------------------------------------ */

typedef struct cluster {
    pid_t pid;
    FILE *orders;
    FILE *answers;
    char kubeconfig[512];
    char plainclient[512];
    char version[64];
} cluster;

static void
order(cluster *c, const char *what, unsigned long count)
{
    char answer[64] = "";

    if (fprintf(c->orders, count ? "%s %lu\n" : "%s\n", what, count) < 0 ||
        fflush(c->orders) != 0 || !fgets(answer, sizeof(answer), c->answers) ||
        strcmp(answer, "done\n") != 0)
        give_up("the cluster failed; see its error above");
}

/* Ends the program when there are no partners. */
static void
open_cluster(cluster *c)
{
    const char *const words[] = {BENCH_PYTHON, BENCH_CLUSTER, NULL};
    char line[1200] = "";

    c->pid = start(words, &c->answers, &c->orders);
    if (!fgets(line, sizeof(line), c->answers))
        give_up("there is no cluster; see its error above");
    if (strncmp(line, "missing ", 8) == 0) {
        fputs(line + 8, stdout);
        exit(getenv("EVC_CI") ? 1 : 77);
    }
    if (sscanf(line, "ready %511s %511s %63s", c->kubeconfig, c->plainclient,
               c->version) != 3)
        give_up("the cluster says what nobody understands");
}

static void
close_cluster(cluster *c)
{
    (void)fclose(c->orders);
    (void)waitpid(c->pid, NULL, 0);
    (void)fclose(c->answers);
}

/* --- the clients ------------------------------------------------------------------ */

typedef enum who { REWRITE, GO_REWRITE, PROVEN, ANNOTATE, KUBECTL, CLIENTS } who;

static const struct {
    const char *name;
    int in_flight;
} clients[CLIENTS] = {
    [REWRITE] = {"envcrypt rewrite", 8},
    [GO_REWRITE] = {"go rewrite", 8},
    [PROVEN] = {"envcrypt rewrite, with its proof", 8},
    [ANNOTATE] = {"envcrypt annotate", 8},
    [KUBECTL] = {"kubectl annotate", 1},
};

static const char *myself;

static run
run_ours(const cluster *c, const char *mode, const char *second)
{
    const char *const words[] = {myself, "--client", c->kubeconfig, mode, second, NULL};

    return run_client(words, 0);
}

static run
run_go(const cluster *c)
{
    const char *const words[] = {c->plainclient, "-kubeconfig", c->kubeconfig,
                                 "-in-flight",   IN_FLIGHT,     NULL};

    return run_client(words, 0);
}

static run
run_kubectl(const cluster *c, unsigned long count)
{
    char stamp[64];
    const char *const words[] = {
        "sh",
        "-c",
        "kubectl --kubeconfig \"$1\" get secrets --all-namespaces -o json | "
        "kubectl --kubeconfig \"$1\" annotate --overwrite -f - "
        "kms-encryption-timestamp=\"$2\"",
        "sh",
        c->kubeconfig,
        stamp,
        NULL};

    (void)snprintf(stamp, sizeof(stamp), "%llu", (unsigned long long)bench_wall_ns());
    return run_client(words, count);
}

/* Of what an older key protects. */
static run
run_one(cluster *c, who client, unsigned long count)
{
    order(c, "rotate", 0);
    switch (client) {
    case REWRITE:
        return run_ours(c, "rewrite", "no");
    case PROVEN:
        return run_ours(c, "rewrite", "yes");
    case ANNOTATE:
        return run_ours(c, "annotate", "no");
    case KUBECTL:
        return run_kubectl(c, count);
    default:
        return run_go(c);
    }
}

/* --- figures ---------------------------------------------------------------------- */

typedef struct figure {
    unsigned long secrets;
    double rate;
    long rss_kib;
} figure;

/* The clients take turns, so that what else the machine does is shared. */
static void
measure(cluster *c, const who *set_of, size_t width, unsigned long count, int rounds,
        figure *figures)
{
    double rates[CLIENTS][ROUNDS];

    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < width; i++) {
            figure *f = &figures[set_of[i]];
            run r = run_one(c, set_of[i], count);

            if (r.count != count)
                give_up("a client did not rewrite everything");
            rates[i][round] = (double)r.count / r.seconds;
            f->rss_kib = r.rss_kib > f->rss_kib ? r.rss_kib : f->rss_kib;
        }
    }
    for (size_t i = 0; i < width; i++) {
        figures[set_of[i]].secrets = count;
        figures[set_of[i]].rate = bench_median(rates[i], rounds);
    }
}

static void
print(const bench *b, who client, const figure *f)
{
    double seconds = (double)f->secrets / f->rate;

    if (b->json)
        printf("%s\n  {\"client\": \"%s\", \"in_flight\": %d, \"secrets\": %lu, "
               "\"seconds\": %.3f, \"rate\": %.1f, \"rss_kib\": %ld}",
               client ? "," : "", clients[client].name, clients[client].in_flight,
               f->secrets, seconds, f->rate, f->rss_kib);
    else
        printf("%-34s %2d in flight %6lu secrets %8.2f s %8.0f/s %7ld KiB\n",
               clients[client].name, clients[client].in_flight, f->secrets, seconds,
               f->rate, f->rss_kib);
}

static void
print_all(const bench *b, const cluster *c, const figure *figures)
{
    char cpu[256];

    bench_cpu(cpu, sizeof(cpu));
    if (b->json)
        printf("{\"cpu\": \"%s\", \"server\": \"kube-apiserver %s\", \"results\": [",
               cpu, c->version);
    else
        printf("%s, kube-apiserver %s\n", cpu, c->version);
    for (int i = 0; i < CLIENTS; i++)
        print(b, (who)i, &figures[i]);
    if (b->json)
        printf("\n]}\n");
    else
        printf("%.2f times the rate of Go, %.1f times that of kubectl\n",
               figures[REWRITE].rate / figures[GO_REWRITE].rate,
               figures[ANNOTATE].rate / figures[KUBECTL].rate);
}

int
main(int argc, char **argv)
{
    static const who with_kubectl[] = {ANNOTATE, KUBECTL};
    static const who with_go[] = {REWRITE, GO_REWRITE, PROVEN};
    figure figures[CLIENTS] = {{0}};
    unsigned long count = SECRETS;
    bench b = {0};
    cluster c;
    int rounds;

    if (argc == 5 && strcmp(argv[1], "--client") == 0)
        return be_client(&argv[2]);
    for (int i = 1; i < argc; i++) {
        b.json |= strcmp(argv[i], "--json") == 0;
        b.smoke |= strcmp(argv[i], "--smoke") == 0;
        if (strcmp(argv[i], "--secrets") == 0 && i + 1 < argc)
            count = strtoul(argv[++i], NULL, 10);
    }
    count = b.smoke ? SMOKE_SECRETS : count;
    rounds = b.smoke ? 1 : ROUNDS;
    myself = argv[0];
    open_cluster(&c);
    order(&c, "secrets", count < SECRETS_OF_KUBECTL ? count : SECRETS_OF_KUBECTL);
    measure(&c, with_kubectl, 2,
            count < SECRETS_OF_KUBECTL ? count : SECRETS_OF_KUBECTL, rounds > 1 ? 3 : 1,
            figures);
    order(&c, "secrets", count);
    measure(&c, with_go, 3, count, rounds, figures);
    print_all(&b, &c, figures);
    close_cluster(&c);
    return 0;
}
