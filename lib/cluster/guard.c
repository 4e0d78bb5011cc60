/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/guard.h"

#include <string.h>

#include "base/buf.h"

#define UNKNOWN "unknown"
#define NAMES_SHOWN 512u

const char *const evc_guard_columns[] = {"name", "region",    "status", "encryption",
                                         "key",  "key-state", "health", "what-to-do",
                                         "id",   "confirm",   NULL};

const char *
evc_key_action_name(evc_key_action action)
{
    static const char *const names[] = {
        [EVC_KEY_DISABLE] = "disable-key",
        [EVC_KEY_ENABLE] = "enable-key",
        [EVC_KEY_SCHEDULE_DELETION] = "schedule-deletion",
        [EVC_KEY_CANCEL_DELETION] = "cancel-deletion",
    };

    return names[action];
}

static bool
takes_away(evc_key_action action)
{
    return action == EVC_KEY_DISABLE || action == EVC_KEY_SCHEDULE_DELETION;
}

/* --- who uses it ------------------------------------------------------------------ */

/* A row without a name: what could not be looked at, and why. */
static int
add_unknown(evc_table *rows, const char *why, evc_error **err)
{
    int rc = evc_table_add_row(rows, err);

    if (rc == 0)
        rc = evc_table_set(rows, "name", "", err);
    return rc == 0 ? evc_table_set(rows, "what-to-do", why, err) : rc;
}

static bool
has_unknown(const evc_table *rows)
{
    for (size_t i = 0; i < rows->rows; i++) {
        const char *name = evc_table_cell(rows, i, 0);

        if (!name || !name[0])
            return true;
    }
    return false;
}

/* A look-up that fails, but with the call itself, counts as "in use". */
static int
look_up(evc_cluster *place, const evc_cluster_key *key, evc_wait *wait, evc_table *rows,
        evc_error **err)
{
    evc_error *why = NULL;
    bool partial = false;
    int rc = place->driver->list(place, key->id, wait, rows, &partial, &why);

    if (rc && evc_error_ends_call(rc)) {
        evc_err_drop(err);
        evc_err_add_cause(err, why);
        return rc;
    }
    if (rc)
        rc = add_unknown(rows, evc_error_message(why), err);
    else if (partial && !has_unknown(rows))
        rc = add_unknown(rows, "not all clusters could be looked at", err);
    evc_error_free(why);
    return rc;
}

/* --- what is typed for each --- */

static const char *
name_of(const evc_table *rows, size_t row)
{
    const char *name = evc_table_text(rows, row, "name");

    return name[0] ? name : UNKNOWN;
}

/* One cluster may have several rows: then its ids are equal. */
static bool
are_one(const evc_table *rows, size_t a, size_t b)
{
    const char *id = evc_table_text(rows, a, "id");

    return id[0] && strcmp(id, evc_table_text(rows, b, "id")) == 0;
}

/* Whether another cluster has the name too, in this Region or (by_region false) anywhere. */
static bool
repeats(const evc_table *rows, size_t row, bool by_region)
{
    const char *region = evc_table_text(rows, row, "region");

    for (size_t i = 0; i < rows->rows; i++) {
        if (i != row && strcmp(name_of(rows, i), name_of(rows, row)) == 0 &&
            !are_one(rows, i, row) &&
            (!by_region || strcmp(evc_table_text(rows, i, "region"), region) == 0))
            return true;
    }
    return false;
}

/* One word must not stand for two clusters: REGION/NAME where a name repeats, and the id where
 * it does so within a Region. */
static void
put_word(const evc_table *rows, size_t row, evc_buf *out)
{
    const char *id = evc_table_text(rows, row, "id");
    bool is_known = evc_table_text(rows, row, "name")[0] != '\0';

    if (!is_known || !repeats(rows, row, false))
        evc_buf_put_text(out, name_of(rows, row));
    else if (repeats(rows, row, true) && id[0])
        evc_buf_put_text(out, id);
    else
        evc_buf_put_format(out, "%s/%s", evc_table_text(rows, row, "region"),
                           name_of(rows, row));
}

static int
add_user(const evc_table *rows, size_t row, evc_table *out, evc_error **err)
{
    evc_buf word;
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; rc == 0 && i < rows->width; i++)
        rc = evc_table_set(out, evc_table_column(rows, i), evc_table_cell(rows, row, i),
                           err);
    evc_buf_init(&word);
    put_word(rows, row, &word);
    evc_buf_put_u8(&word, 0);
    if (rc == 0)
        rc = evc_buf_check(&word, err);
    if (rc == 0)
        rc = evc_table_set(out, "confirm", (const char *)word.data, err);
    evc_buf_reset(&word);
    return rc;
}

static int
users_of(evc_cluster *place, const evc_cluster_key *key, evc_wait *wait,
         evc_table **out, evc_error **err)
{
    evc_table *rows = NULL;
    evc_table *users = NULL;
    int rc = evc_table_new(evc_cluster_list_columns, &rows, err);

    if (rc == 0)
        rc = evc_table_new(evc_guard_columns, &users, err);
    if (rc == 0)
        rc = look_up(place, key, wait, rows, err);
    for (size_t i = 0; rc == 0 && i < rows->rows; i++)
        rc = add_user(rows, i, users, err);
    evc_table_free(rows);
    if (rc)
        evc_table_free(users);
    else
        *out = users;
    return rc;
}

static int
begin(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
      evc_cluster_key *key, evc_error **err)
{
    int rc = evc_cluster_check_change(place, change, err);

    evc_cluster_key_init(key);
    if (rc == 0)
        rc = place->driver->find_key(place, change, NULL, wait, key, err);
    if (rc == 0 && (!key->id || !key->id[0]))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "no key is named; give one with --key");
    return rc;
}

int
evc_guard_users(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
                evc_table **out, evc_error **err)
{
    evc_cluster_key key;
    int rc;

    *out = NULL;
    rc = begin(place, change, wait, &key, err);
    if (rc == 0)
        rc = users_of(place, &key, wait, out, err);
    evc_cluster_key_reset(&key);
    return rc;
}

/* --- names that are typed back ---------------------------------------------------- */

static int
refuse(const evc_cluster_key *key, evc_key_action action, const evc_table *users,
       evc_error **err)
{
    char names[NAMES_SHOWN + 1] = "";
    bool repeated = false;
    evc_buf list;

    evc_buf_init_fixed(&list, names, NAMES_SHOWN);
    for (size_t i = 0; i < users->rows && !list.failed; i++) {
        const char *word = evc_table_text(users, i, "confirm");

        evc_buf_put_format(&list, "%s%s", i ? "," : "", word);
        repeated = repeated || strcmp(word, name_of(users, i)) != 0;
    }
    return evc_err(err, ENVCRYPT_E_KEY_IN_USE,
                   "the key %s was left alone: %s would make these clusters "
                   "unrecoverable: %s%s; whoever wants that all the same confirms "
                   "with these names, commas between%s (R29)",
                   key->id, evc_key_action_name(action), names, list.failed ? "…" : "",
                   repeated ? ", as a name alone stands for more than one of them"
                            : "");
}

static int
check_users(const evc_cluster_key *key, evc_key_action action,
            const evc_cluster_change *change, const evc_table *users, evc_error **err)
{
    for (size_t i = 0; i < users->rows; i++) {
        if (!evc_cluster_change_lists(change, "confirm",
                                      evc_table_text(users, i, "confirm")))
            return refuse(key, action, users, err);
    }
    return 0;
}

/* --- the action ------------------------------------------------------------------- */

int
evc_guard_run(evc_cluster *place, evc_key_action action,
              const evc_cluster_change *change, evc_wait *wait, evc_table **users,
              evc_table **out, evc_error **err)
{
    evc_table *rows = NULL;
    evc_cluster_key key;
    int rc;

    *out = NULL;
    if (users)
        *users = NULL;
    rc = begin(place, change, wait, &key, err);
    if (rc == 0 && takes_away(action))
        rc = users_of(place, &key, wait, &rows, err);
    if (rc == 0 && rows)
        rc = check_users(&key, action, change, rows, err);
    if (rc == 0)
        rc = place->driver->key_action(place, evc_key_action_name(action), &key, change,
                                       wait, out, err);
    if (users)
        *users = rows;
    else
        evc_table_free(rows);
    evc_cluster_key_reset(&key);
    return rc;
}
