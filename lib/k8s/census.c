/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/census.h"

#include <stdlib.h>

#include "base/fork.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "k8s/etcd_key.h"
#include "k8s/fingerprints.h"

#define NAME_SHOWN 1024u /* bytes of a text of a stored value, or of a key */

/* What one row counts. Texts are clean, and NULL where they do not apply. */
typedef struct row {
    char *resource; /* NULL in rows by key */
    const char *provider;
    char *name;
    char *key_id;
    char *oldest;
    int64_t oldest_revision;
    int64_t newest_revision;
    uint64_t objects;
    uint64_t deks;
    bool has_deks;
    bool more_deks; /* some were not told apart */
} row;

/* Rows that are found by what they count. The one past the limit takes what has none. */
typedef struct tally {
    row *rows;
    size_t count;
    size_t capacity;
    evc_fingerprints index; /* first: row */
} tally;

struct envcrypt_census {
    uint64_t generation;
    evc_crypto *crypto; /* a reference is held */
    tally resources;
    tally keys;
    evc_fingerprints deks;
};

#define DEKS_MAX (2 * (size_t)EVC_CENSUS_ROWS) /* each counts in both tallies */

/* --- rows --------------------------------------------------------------------------- */

/* What a value is counted under. */
typedef struct kind {
    evc_view resource;
    const char *provider;
    evc_view name;
    evc_view key_id;
} kind;

static void
free_row(row *r)
{
    evc_mem_free(r->resource);
    evc_mem_free(r->name);
    evc_mem_free(r->key_id);
    evc_mem_free(r->oldest);
}

static bool
copy_text(char **out, evc_view text)
{
    if (text.size == 0)
        return true;
    if (text.size > NAME_SHOWN)
        text.size = NAME_SHOWN;
    *out = evc_mem_text(text.data, text.size);
    if (*out)
        evc_utf8_clean(*out);
    return *out != NULL;
}

static int
make_row(tally *t, const kind *k, size_t *at, evc_error **err)
{
    row *r;

    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 16;
        row *rows = evc_mem_grow(t->rows, t->capacity, capacity, sizeof(*rows));

        if (!rows)
            return evc_err_nomem(err);
        t->rows = rows;
        t->capacity = capacity;
    }
    r = &t->rows[t->count];
    *r = (row){.provider = k->provider};
    if (!copy_text(&r->resource, k->resource) || !copy_text(&r->name, k->name) ||
        !copy_text(&r->key_id, k->key_id)) {
        free_row(r);
        return evc_err_nomem(err);
    }
    *at = t->count++;
    return 0;
}

/* *at is the row of this kind, which may be new. */
static int
row_of(tally *t, const kind *k, size_t *at, evc_error **err)
{
    const evc_view parts[] = {k->resource, evc_view_text(k->provider), k->name,
                              k->key_id};
    const kind others = {.resource = k->resource.size ? evc_view_text("others")
                                                      : evc_view_of(NULL, 0),
                         .provider = "others"};
    evc_fingerprint *known;
    int rc = evc_fingerprints_find(&t->index, parts, 4, &known, err);
    bool made;

    if (rc)
        return rc;
    if (!known && t->index.count < t->index.limit) {
        rc = make_row(t, k, at, err);
        if (rc)
            return rc;
        rc = evc_fingerprints_add(&t->index, parts, 4, &known, &made, err);
        if (rc)
            free_row(&t->rows[--t->count]);
        else
            known->first = *at;
        return rc;
    }
    if (!known && t->count == t->index.count)
        return make_row(t, &others, at, err);
    *at = known ? (size_t)known->first : t->count - 1;
    return 0;
}

static int
note_age(row *r, evc_view key, int64_t revision, evc_error **err)
{
    char *oldest = NULL;

    if (revision > r->newest_revision)
        r->newest_revision = revision;
    if (r->objects > 0 && revision >= r->oldest_revision)
        return 0;
    if (!copy_text(&oldest, key))
        return evc_err_nomem(err);
    evc_mem_free(r->oldest);
    r->oldest = oldest;
    r->oldest_revision = revision;
    return 0;
}

/* --- data keys ---------------------------------------------------------------------- */

/* owner tells the two tallies and their rows apart. */
static int
note_dek(evc_census *census, const tally *t, row *r, evc_view digest, evc_error **err)
{
    uint64_t owner[2] = {t == &census->keys, (uint64_t)(r - t->rows)};
    const evc_view parts[] = {evc_view_of(owner, sizeof(owner)), digest};
    evc_fingerprint *at;
    bool made;
    int rc = evc_fingerprints_add(&census->deks, parts, 2, &at, &made, err);

    if (rc)
        return rc;
    r->has_deks = true;
    r->deks += made;
    r->more_deks = r->more_deks || !at;
    return 0;
}

/* --- counting ----------------------------------------------------------------------- */

typedef struct counted {
    evc_view key;
    int64_t revision;
    evc_view digest; /* of the wrapped data key; empty = none */
} counted;

static int
count_in(evc_census *census, tally *t, const kind *k, const counted *v, evc_error **err)
{
    size_t at = 0;
    row *r;
    int rc = row_of(t, k, &at, err);

    if (rc)
        return rc;
    r = &t->rows[at];
    rc = note_age(r, v->key, v->revision, err);
    if (rc == 0 && v->digest.size > 0)
        rc = note_dek(census, t, r, v->digest, err);
    if (rc == 0)
        r->objects++;
    return rc;
}

/* Whether a key opens it, or might if we knew its provider. */
static bool
needs_key(const evc_stored *stored)
{
    return stored && stored->provider != EVC_STORED_IDENTITY;
}

static int
count(evc_census *census, const evc_stored *stored, counted *v, evc_error **err)
{
    char text[EVC_ETCD_RESOURCE_MAX];
    evc_buf resource;
    kind k = {.provider =
                  stored ? evc_stored_provider_name(stored->provider) : "damaged"};
    int rc;

    evc_buf_init_fixed(&resource, text, sizeof(text));
    evc_etcd_key_resource(v->key, &resource);
    k.resource = evc_buf_view(&resource);
    if (stored) {
        bool is_v2 = stored->provider == EVC_STORED_KMS_V2;

        k.name = stored->name;
        k.key_id = is_v2 ? stored->object.key_id : evc_view_of(NULL, 0);
        if (is_v2 || stored->provider == EVC_STORED_KMS_V1)
            v->digest = evc_view_of(stored->dek_digest, sizeof(stored->dek_digest));
    }
    rc = count_in(census, &census->resources, &k, v, err);
    if (rc || !needs_key(stored))
        return rc;
    k.resource = evc_view_of(NULL, 0);
    return count_in(census, &census->keys, &k, v, err);
}

int
evc_census_add(evc_census *census, evc_view key, evc_view value, int64_t mod_revision,
               evc_error **err)
{
    counted v = {.key = key, .revision = mod_revision};
    evc_stored stored;
    int rc = evc_fork_check(census->generation, "census", err);

    if (rc)
        return rc;
    rc = evc_stored_read(census->crypto, value, &stored, err);
    if (rc && rc != ENVCRYPT_E_STORED)
        return rc;
    if (rc)
        evc_err_drop(err);
    return count(census, rc ? NULL : &stored, &v, err);
}

/* --- tables ------------------------------------------------------------------------- */

static const char *const resource_columns[] = {"resource",
                                               "provider",
                                               "name",
                                               "key_id",
                                               "#deks",
                                               "#objects",
                                               "oldest",
                                               "#oldest_revision",
                                               "#newest_revision",
                                               "more_deks",
                                               NULL};

static int
compare_rows(const void *a, const void *b)
{
    const row *const *x = a;
    const row *const *y = b;

    if ((*x)->objects != (*y)->objects)
        return (*x)->objects > (*y)->objects ? -1 : 1;
    return *x < *y ? -1 : *x > *y; /* as they were met */
}

static int
set_texts(evc_table *table, const row *r, evc_error **err)
{
    int rc = r->resource ? evc_table_set(table, "resource", r->resource, err) : 0;

    if (rc == 0)
        rc = evc_table_set(table, "provider", r->provider, err);
    if (rc == 0)
        rc = evc_table_set(table, "name", r->name, err);
    if (rc == 0)
        rc = evc_table_set(table, "key_id", r->key_id, err);
    return rc ? rc : evc_table_set(table, "oldest", r->oldest, err);
}

static int
put_row(evc_table *table, const row *r, evc_error **err)
{
    int rc = evc_table_add_row(table, err);

    if (rc == 0)
        rc = set_texts(table, r, err);
    if (rc == 0 && r->has_deks)
        rc = evc_table_set_number(table, "deks", (int64_t)r->deks, err);
    if (rc == 0 && r->has_deks)
        rc = evc_table_set(table, "more_deks", r->more_deks ? "true" : NULL, err);
    if (rc == 0)
        rc = evc_table_set_number(table, "objects", (int64_t)r->objects, err);
    if (rc == 0)
        rc = evc_table_set_number(table, "oldest_revision", r->oldest_revision, err);
    if (rc)
        return rc;
    return evc_table_set_number(table, "newest_revision", r->newest_revision, err);
}

static int
put_rows(evc_table *table, const tally *t, const row **order, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; i < t->count; i++)
        order[i] = &t->rows[i];
    qsort(order, t->count, sizeof(*order), compare_rows);
    for (size_t i = 0; rc == 0 && i < t->count; i++)
        rc = put_row(table, order[i], err);
    return rc;
}

static int
make_table(const evc_census *census, const tally *t, const char *const *columns,
           evc_table **out, evc_error **err)
{
    const row **order;
    int rc = evc_fork_check(census->generation, "census", err);

    if (rc)
        return rc;
    order = evc_mem_new_array(t->count + 1, sizeof(*order));
    if (!order)
        return evc_err_nomem(err);
    rc = evc_table_new(columns, out, err);
    if (rc == 0)
        rc = put_rows(*out, t, order, err);
    evc_mem_free(order);
    if (rc) {
        evc_table_free(*out);
        *out = NULL;
    }
    return rc;
}

int
evc_census_table(const evc_census *census, evc_table **out, evc_error **err)
{
    *out = NULL;
    return make_table(census, &census->resources, resource_columns, out, err);
}

int
evc_census_keys(const evc_census *census, evc_table **out, evc_error **err)
{
    *out = NULL;
    return make_table(census, &census->keys, &resource_columns[1], out, err);
}

/* --- life --------------------------------------------------------------------------- */

int
evc_census_new(evc_crypto *crypto, evc_census **out, evc_error **err)
{
    evc_census *census = evc_mem_new(sizeof(*census));

    if (!census)
        return evc_err_nomem(err);
    census->generation = evc_fork_generation();
    census->crypto = evc_crypto_ref(crypto);
    evc_fingerprints_init(&census->resources.index, crypto, EVC_CENSUS_ROWS);
    evc_fingerprints_init(&census->keys.index, crypto, EVC_CENSUS_ROWS);
    evc_fingerprints_init(&census->deks, crypto, DEKS_MAX);
    *out = census;
    return 0;
}

static void
free_tally(tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        free_row(&t->rows[i]);
    evc_mem_free(t->rows);
    evc_fingerprints_reset(&t->index);
}

void
evc_census_free(evc_census *census)
{
    if (!census)
        return;
    free_tally(&census->resources);
    free_tally(&census->keys);
    evc_fingerprints_reset(&census->deks);
    evc_crypto_unref(census->crypto);
    evc_mem_free(census);
}
