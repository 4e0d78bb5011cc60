/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/guard.h"

#include "base/buf.h"

#define UNKNOWN "unknown"
#define NAMES_SHOWN 512u

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

static int
users_of(evc_cluster *place, const evc_cluster_key *key, evc_wait *wait,
         evc_table **out, evc_error **err)
{
    int rc = evc_table_new(evc_cluster_list_columns, out, err);

    if (rc)
        return rc;
    rc = look_up(place, key, wait, *out, err);
    if (rc) {
        evc_table_free(*out);
        *out = NULL;
    }
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

static const char *
name_of(const evc_table *users, size_t row)
{
    const char *name = evc_table_cell(users, row, 0);

    return name && name[0] ? name : UNKNOWN;
}

static int
refuse(const evc_cluster_key *key, evc_key_action action, const evc_table *users,
       evc_error **err)
{
    char names[NAMES_SHOWN + 1] = "";
    evc_buf list;

    evc_buf_init_fixed(&list, names, NAMES_SHOWN);
    for (size_t i = 0; i < users->rows && !list.failed; i++)
        evc_buf_put_format(&list, "%s%s", i ? "," : "", name_of(users, i));
    return evc_err(err, ENVCRYPT_E_KEY_IN_USE,
                   "the key %s was left alone: %s would make these clusters "
                   "unrecoverable: %s%s; whoever wants that all the same confirms "
                   "with these names, commas between (R29)",
                   key->id, evc_key_action_name(action), names, list.failed ? "…" : "");
}

static int
check_users(const evc_cluster_key *key, evc_key_action action,
            const evc_cluster_change *change, const evc_table *users, evc_error **err)
{
    for (size_t i = 0; i < users->rows; i++) {
        if (!evc_cluster_change_lists(change, "confirm", name_of(users, i)))
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
