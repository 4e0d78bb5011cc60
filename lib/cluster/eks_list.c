/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_list.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/aws_arn.h"
#include "cluster/eks_check.h"
#include "cluster/eks_cluster.h"
#include "cluster/eks_key.h"
#include "cluster/eks_wire.h"
#include "cluster/standing.h"
#include "envcrypt/kms.h"

#define WIDTH 8u /* descriptions that are asked for at a time */
#define BATCH 32u
#define SOME 5u /* names in a message */

/* Names, each with a NUL, and how many. */
typedef struct name_list {
    evc_buf names;
    size_t count;
} name_list;

static int
take_name(void *user, const char *name, evc_error **err)
{
    name_list *list = user;

    evc_buf_put(&list->names, name, strlen(name) + 1);
    list->count++;
    return evc_buf_check(&list->names, err);
}

/* The next name, up to its NUL. */
static const char *
next_name(evc_cursor *c)
{
    size_t start = c->at;

    while (evc_cursor_left(c) > 0 && evc_cursor_u8(c) != 0)
        ;
    return (const char *)evc_cursor_since(c, start).data;
}

static int
list_names(const evc_eks_region *region, name_list *list, evc_wait *wait,
           evc_error **err)
{
    return evc_eks_list(region->eks, &evc_eks_list_clusters, NULL, take_name, list,
                        wait, err);
}

void
evc_eks_list_some(const evc_eks_region *region, evc_wait *wait, evc_buf *out)
{
    name_list list = {.count = 0};
    evc_cursor c;

    evc_buf_init(&list.names);
    if (list_names(region, &list, wait, NULL) == 0) {
        c = evc_cursor_of_view(evc_buf_view(&list.names));
        for (size_t i = 0; i < list.count && i < SOME; i++)
            evc_buf_put_format(out, "%s%s", i ? ", " : "", next_name(&c));
        evc_buf_put_text(out, list.count > SOME ? " and more" : "");
    }
    evc_buf_reset(&list.names);
}

/* --- rows of clusters --- */

static const char *
advice_of(const evc_cluster_state *state)
{
    for (size_t i = 0; state->issues && i < state->issues->rows; i++) {
        const char *advice = evc_table_text(state->issues, i, "what-to-do");

        if (advice[0])
            return advice;
    }
    if (state->unsupported)
        return NULL;
    if (state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_NONE ||
        state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER)
        return "enable encryption with a key of your own";
    return NULL;
}

static int
add_row(const evc_cluster_state *state, const char *advice, evc_table *out,
        evc_error **err)
{
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    const char *given = evc_cluster_state_text(state, EVC_CLUSTER_KEY_GIVEN);
    const char *health = state->issues && state->issues->rows
                             ? evc_table_text(state->issues, 0, "code")
                             : "ok";
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"name", evc_cluster_state_text(state, EVC_CLUSTER_NAME)},
        {"region", evc_cluster_state_text(state, EVC_CLUSTER_REGION)},
        {"status", evc_cluster_state_text(state, EVC_CLUSTER_STATUS)},
        {"encryption", evc_standing_encryption(state->encryption)},
        {"key", key[0] ? key : given},
        {"key-state", given[0] ? evc_standing_key_state(state->key_state) : NULL},
        {"health", health},
        {"what-to-do", advice ? advice : advice_of(state)},
        {"id", evc_cluster_state_text(state, EVC_CLUSTER_ID)},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; rc == 0 && i < sizeof(cells) / sizeof(cells[0]); i++) {
        if (cells[i].text && cells[i].text[0])
            rc = evc_table_set(out, cells[i].column, cells[i].text, err);
    }
    return rc;
}

/* What could not be looked at: a row without a name. */
static int
add_gap(const evc_eks_region *region, const char *name, const evc_error *why,
        evc_table *out, bool *partial, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    *partial = true;
    if (rc == 0)
        rc = evc_table_set(out, "region", region->name, err);
    if (rc == 0 && name)
        rc = evc_table_set(out, "status", name, err);
    return rc ? rc : evc_table_set(out, "what-to-do", evc_error_message(why), err);
}

/* --- looking at clusters --- */

typedef struct described {
    evc_operation op;
    evc_eks_ask ask;
} described;

/* What one list of clusters is about. */
typedef struct listing {
    const evc_eks_region *region;
    const char *uses_key; /* NULL = all */
    evc_wait *wait;
    evc_table *out;
    bool *partial;
    size_t *explained; /* grants on the key, by clusters that have it */
} listing;

/* Multi-Region keys have one id in all Regions; an alias that could not be resolved may be any
 * key. */
static bool
may_use(const evc_cluster_state *state, const char *uses_key)
{
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    evc_aws_arn a;
    evc_aws_arn b;

    if (!uses_key)
        return true;
    if (!key[0])
        return evc_cluster_state_text(state, EVC_CLUSTER_KEY_GIVEN)[0] != '\0';
    if (evc_aws_arn_parse(evc_view_text(key), &a) &&
        evc_aws_arn_parse(evc_view_text(uses_key), &b))
        return evc_aws_arn_matches(&a, &b);
    return strcmp(key, uses_key) == 0;
}

/* An association that is under way is not told of yet. */
static bool
may_come_to_use(const evc_cluster_state *state)
{
    return state->phase == EVC_CLUSTER_CHANGING &&
           state->encryption != ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
}

static int
add_user(const listing *of, const evc_cluster_state *state, evc_error **err)
{
    if (may_use(state, of->uses_key)) {
        (*of->explained)++;
        return add_row(state, NULL, of->out, err);
    }
    if (!may_come_to_use(state))
        return 0;
    return add_row(state,
                   "it is being changed, and may come to use the key; look again when "
                   "it is ACTIVE",
                   of->out, err);
}

static int
add_described(const listing *of, const described *one, evc_error **err)
{
    evc_cluster_state state;
    evc_error *failed = NULL;
    int rc = one->op.code;

    evc_cluster_state_init(&state);
    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND)
        return 0; /* deleted since it was listed */
    if (rc)
        return add_gap(of->region, one->ask.cluster, one->op.error, of->out,
                       of->partial, err);
    rc = evc_eks_cluster_read(evc_json_root(one->ask.doc), &state, &failed);
    if (rc == 0)
        rc = evc_eks_key_resolve(of->region, &state, of->wait, &failed);
    if (rc)
        rc = add_gap(of->region, one->ask.cluster, failed, of->out, of->partial, err);
    else
        rc = add_user(of, &state, err);
    evc_error_free(failed);
    evc_cluster_state_reset(&state);
    return rc;
}

/* A batch at once; c stands before its names. */
static int
describe_some(const listing *of, described *some, size_t count, evc_cursor *c,
              evc_error **err)
{
    evc_operation *ops[BATCH];
    int rc = 0;

    for (size_t i = 0; i < count; i++) {
        some[i] = (described){.ask = {.method = "GET", .cluster = next_name(c)}};
        evc_operation_init(&some[i].op, &evc_eks_describe_cluster, of->region->eks,
                           &some[i].ask);
        some[i].op.subject = some[i].ask.cluster;
        ops[i] = &some[i].op;
    }
    evc_operation_run_many(ops, count, WIDTH, of->wait);
    for (size_t i = 0; i < count; i++) {
        rc = rc ? rc : add_described(of, &some[i], err);
        evc_json_free(some[i].ask.doc);
        evc_operation_reset(&some[i].op);
    }
    return rc;
}

static int
describe_all(const listing *of, const name_list *list, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_buf_view(&list->names));
    described *some = evc_mem_new_array(BATCH, sizeof(*some));
    size_t left = list->count;
    int rc = some ? 0 : evc_err_nomem(err);

    while (rc == 0 && left) {
        size_t count = left < BATCH ? left : BATCH;

        rc = describe_some(of, some, count, &c, err);
        if (rc == 0)
            rc = evc_wait_check(of->wait, err);
        left -= count;
    }
    evc_mem_free(some);
    return rc;
}

static int
list_region(const listing *of, evc_error **err)
{
    name_list list = {.count = 0};
    evc_error *failed = NULL;
    int rc;

    evc_buf_init(&list.names);
    rc = list_names(of->region, &list, of->wait, &failed);
    if (rc == 0) {
        rc = describe_all(of, &list, err);
    } else if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
    } else {
        rc = add_gap(of->region, NULL, failed, of->out, of->partial, err);
        evc_error_free(failed);
    }
    evc_buf_reset(&list.names);
    return rc;
}

/* --- grants --- */

/* The account of arn:PARTITION:iam::ACCOUNT:root, or the account by itself. */
static bool
is_of_account(const char *issuer, evc_view account)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(issuer));
    bool same = evc_view_is_text(account, issuer);

    while (!same && evc_cursor_left(&c) > account.size) {
        if (evc_cursor_u8(&c) == ':' && evc_cursor_left(&c) >= account.size) {
            evc_cursor rest = c;

            same = evc_view_equal(evc_cursor_bytes(&rest, account.size), account);
        }
    }
    return same;
}

/* Clusters of another account are in no list of ours, but whoever uses the key holds a grant
 * on it. *strangers: those that no cluster that was found explains. */
static int
count_strangers(const listing *of, size_t found, size_t *strangers, evc_error **err)
{
    const char *const args[] = {"key", of->uses_key, NULL};
    evc_table *table = NULL;
    size_t foreign = 0;
    evc_aws_arn arn;
    int rc = evc_eks_act(of->region, "list-grants", args, false, of->wait, &table, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < table->rows; i++) {
        const char *issuer = evc_table_text(table, i, "issuer");

        foreign += issuer[0] && evc_aws_arn_parse(evc_view_text(of->uses_key), &arn) &&
                   !is_of_account(issuer, arn.account);
    }
    *strangers = table->rows > found ? table->rows - found : 0;
    if (*strangers < foreign)
        *strangers = foreign;
    evc_table_free(table);
    return 0;
}

/* The place where the key is; a key of none of the Regions here has no grants here. */
static bool
is_of_region(const listing *of)
{
    evc_aws_arn arn;

    return evc_aws_arn_parse(evc_view_text(of->uses_key), &arn) &&
           evc_view_is_text(arn.region, of->region->name);
}

/* Grants that cannot be looked at may be of any cluster. */
static int
list_grants(const listing *of, size_t found, evc_error **err)
{
    evc_error *failed = NULL;
    size_t strangers = 0;
    int rc = count_strangers(of, found, &strangers, &failed);

    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (rc == 0 && strangers)
        (void)evc_err(&failed, ENVCRYPT_E_KEY_IN_USE,
                      "%zu grant%s on the key belong%s to no cluster that was "
                      "found; it may be used from another account or by another "
                      "service: see the grants of the key",
                      strangers, strangers == 1 ? "" : "s", strangers == 1 ? "s" : "");
    rc = failed ? add_gap(of->region, NULL, failed, of->out, of->partial, err) : rc;
    evc_error_free(failed);
    return rc;
}

/* What clusters use is compared by ARN; any other name would be found nowhere. */
static int
check_key(const char *uses_key, evc_error **err)
{
    char shown[EVC_SHOWN];
    evc_aws_arn arn;

    if (!uses_key ||
        (evc_aws_arn_parse(evc_view_text(uses_key), &arn) && !arn.is_alias))
        return 0;
    evc_encode_shown(evc_view_text(uses_key), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "clusters that use a key are found by its whole ARN, "
                   "arn:PARTITION:kms:REGION:ACCOUNT:key/ID, and \"%s\" is none; see "
                   "cluster keys for it",
                   shown);
}

int
evc_eks_list_all(evc_cluster *place, const char *uses_key, evc_wait *wait,
                 evc_table *out, bool *partial, evc_error **err)
{
    const evc_eks *eks = evc_eks_of(place);
    int rc = check_key(uses_key, err);

    *partial = false;
    for (size_t i = 0; rc == 0 && i < eks->count; i++) {
        size_t explained = 0;
        const listing of = {.region = &eks->regions[i],
                            .uses_key = uses_key,
                            .wait = wait,
                            .out = out,
                            .partial = partial,
                            .explained = &explained};

        rc = list_region(&of, err);
        if (rc == 0 && uses_key && is_of_region(&of))
            rc = list_grants(&of, explained, err);
    }
    return rc;
}

/* --- keys --- */

static int
add_key(const evc_eks_region *region, const evc_table *from, size_t row, evc_table *out,
        evc_error **err)
{
    const char *state = evc_table_text(from, row, "state");
    const char *why = evc_eks_check_unfit(evc_table_text(from, row, "spec"),
                                          evc_table_text(from, row, "usage"),
                                          evc_table_text(from, row, "manager"), state);
    /* A key that may not be described has no state. */
    const char *usable = why ? "no" : state[0] ? "yes" : "unknown";
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"id", evc_table_text(from, row, "key")},
        {"aliases", evc_table_text(from, row, "aliases")},
        {"arn", evc_table_text(from, row, "arn")},
        {"region", region->name},
        {"state", state},
        {"usable", usable},
        {"why-not", state[0] ? why : "it may not be described: allow kms:DescribeKey"},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; rc == 0 && i < sizeof(cells) / sizeof(cells[0]); i++) {
        if (cells[i].text && cells[i].text[0])
            rc = evc_table_set(out, cells[i].column, cells[i].text, err);
    }
    return rc;
}

int
evc_eks_keys(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
             evc_table *out, evc_error **err)
{
    const evc_eks *eks = evc_eks_of(place);
    const char *const none[] = {NULL};
    int rc = 0;

    (void)change;
    for (size_t i = 0; rc == 0 && i < eks->count; i++) {
        evc_table *table = NULL;

        rc = evc_eks_act(&eks->regions[i], "list-keys", none, false, wait, &table, err);
        for (size_t row = 0; rc == 0 && row < table->rows; row++)
            rc = add_key(&eks->regions[i], table, row, out, err);
        evc_table_free(table);
    }
    return rc;
}
