/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/rescue.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "envcrypt/kms.h"

#define PAUSE_MS 5000 /* between two attempts to enable it; grows */
#define PAUSE_MOST_MS 60000

const char *const evc_rescue_columns[] = {"cluster", "key",  "state",
                                          "detail",  "file", NULL};

/* --- the key ---------------------------------------------------------------------- */

/* As it is now, by the full id that the record has. */
static int
find(evc_cluster *place, const evc_danger *danger, evc_wait *wait, evc_cluster_key *out,
     evc_error **err)
{
    evc_cluster_change named;
    int rc;

    evc_cluster_change_init(&named);
    rc = evc_cluster_change_set(&named, "key", danger->key, err);
    if (rc == 0)
        rc = place->driver->find_key(place, &named, NULL, wait, out, err);
    evc_cluster_change_reset(&named);
    return rc;
}

/* One attempt. It is enabled when this gives 0. */
static int
enable_once(evc_cluster *place, const evc_danger *danger, evc_wait *wait,
            evc_error **err)
{
    evc_table *rows = NULL;
    evc_cluster_key key;
    int rc;

    evc_cluster_key_init(&key);
    rc = find(place, danger, wait, &key, err);
    if (rc == 0 && key.state != ENVCRYPT_KEY_ENABLED)
        rc = place->driver->key_action(place, "enable-key", &key, NULL, wait, &rows,
                                       err);
    evc_table_free(rows);
    evc_cluster_key_reset(&key);
    return rc;
}

/* Trouble that says nothing of whether it will be allowed. */
static bool
passes(int code)
{
    int32_t of = evc_error_class_of(code);

    return of == ENVCRYPT_CLASS_UNAVAILABLE || of == ENVCRYPT_CLASS_THROTTLED ||
           of == ENVCRYPT_CLASS_CONFLICT || of == ENVCRYPT_CLASS_TIMEOUT ||
           of == ENVCRYPT_CLASS_NOMEM;
}

static int
give_up(const evc_danger *danger, int code, evc_error **err)
{
    return evc_err_wrap(
        err, code,
        "THE KEY \"%s\" IS STILL DISABLED, which a destructive proof of "
        "%s did, and it could not be enabled: enable it at once, with "
        "envcrypt key enable %s or in the provider's console, or the "
        "cluster does not work",
        danger->key, danger->uri, danger->key);
}

/* What the last attempt failed with is told, not that no more is tried. */
static int
try_until(evc_cluster *place, const evc_danger *danger, size_t refusals, evc_wait *wait,
          evc_error **err)
{
    int64_t pause = PAUSE_MS;
    size_t refused = 0;
    int rc;

    for (;;) {
        evc_err_drop(err);
        rc = enable_once(place, danger, wait, err);
        refused += rc && !passes(rc);
        if (rc == 0 || refused >= refusals ||
            evc_wait_sleep_for(wait, pause, NULL) != 0)
            return rc;
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
}

int
evc_rescue_enable(evc_cluster *place, const evc_danger *danger, size_t refusals,
                  evc_wait *wait, evc_error **err)
{
    int64_t now = evc_clock_wall_ms(evc_cluster_clock(place));
    int64_t left = danger->since_ms + EVC_RESCUE_LEAST_MS - now;
    int rc = 0;

    if (left > 0 && left <= EVC_RESCUE_LEAST_MS) /* else a clock was put back */
        rc = evc_wait_sleep_for(wait, left, err);
    if (rc == 0)
        rc = try_until(place, danger, refusals, wait, err);
    return rc ? give_up(danger, rc, err) : 0;
}

/* --- who comes after a kill ------------------------------------------------------- */

/* Under the lock of its file: enables, and takes the file away. *kept: why that stays, or NULL. */
static int
see_to(evc_cluster *place, const evc_dangerfile *file, const evc_danger *danger,
       evc_wait *wait, evc_error **kept, evc_error **err)
{
    const evc_clock *clock = evc_cluster_clock(place);
    int64_t most = evc_clock_monotonic_ms(clock) + EVC_RESCUE_MOST_MS;
    evc_wait own;
    evc_wait *under;
    int64_t deadline;
    int rc;

    evc_wait_init(&own, clock, -1);
    under = wait ? wait : &own;
    deadline = under->deadline_ms;
    if (deadline > most)
        under->deadline_ms = most;
    rc = evc_rescue_enable(place, danger, EVC_RESCUE_LATER_REFUSALS, under, err);
    under->deadline_ms = deadline;
    evc_wait_release(&own);
    if (rc == 0 && evc_dangerfile_remove(file, kept) != 0)
        return 0; /* the next one finds an enabled key */
    return rc;
}

static int
add_row(evc_table *rows, const evc_danger *danger, const char *state,
        const char *detail, const char *file, evc_error **err)
{
    const char *const cells[] = {danger ? danger->uri : NULL,
                                 danger ? danger->key : NULL, state, detail, file};
    int rc = evc_table_add_row(rows, err);

    for (size_t i = 0; rc == 0 && evc_rescue_columns[i]; i++)
        rc = evc_table_set(rows, evc_rescue_columns[i], cells[i], err);
    return rc;
}

/* By the options that the proof had. */
static int
open_place(const evc_rescue *rescue, const evc_danger *danger, evc_cluster **out,
           evc_error **err)
{
    const char *proxy = evc_cluster_option(rescue->config, "proxy");
    struct envcrypt_cluster_config config;
    int rc = 0;

    evc_cluster_config_init(&config);
    if (proxy)
        rc = evc_cluster_option_set(&config, "proxy", proxy, err);
    for (size_t i = 0; rc == 0 && i < danger->options.count; i++) {
        const evc_pair *pair = &danger->options.pairs[i];

        rc = evc_cluster_option_set(&config, (const char *)pair->name.data,
                                    (const char *)pair->value.data, err);
    }
    if (rc == 0 && rescue->config && rescue->config->credentials)
        config.credentials = evc_chain_ref(rescue->config->credentials);
    if (rc == 0)
        rc = evc_cluster_open(rescue->crypto, rescue->net, rescue->drivers, danger->uri,
                              &config, rescue->wait, out, err);
    evc_cluster_config_reset(&config);
    return rc;
}

/* The folder as it is gone through. */
typedef struct round {
    const evc_rescue *rescue;
    int code; /* of the first key that stays disabled */
    evc_error *why;
} round;

static bool
ends_all(const evc_rescue *rescue, int code)
{
    return code == ENVCRYPT_E_NOMEM || code == ENVCRYPT_E_FORKED ||
           evc_wait_check(rescue->wait, NULL) != 0;
}

/* failed moves. */
static int
tell_failure(round *r, const evc_danger *danger, const char *path, int code,
             evc_error *failed, evc_error **err)
{
    const evc_error *cause = evc_error_cause(failed);
    char *detail = NULL;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "%s%s%s", evc_error_message(failed), cause ? ": " : "",
                       cause ? evc_error_message(cause) : "");
    rc = evc_text_take(&detail, &text, err);
    if (rc == 0)
        rc = add_row(r->rescue->rows, danger, "disabled", detail, path, err);
    evc_mem_free(detail);
    if (r->code == 0) {
        r->code = code;
        r->why = failed;
    } else {
        evc_error_free(failed);
    }
    return rc;
}

static int
enable_and_tell(round *r, const evc_dangerfile *file, const evc_danger *danger,
                const char *path, evc_error **err)
{
    const evc_rescue *rescue = r->rescue;
    evc_cluster *place = NULL;
    evc_error *failed = NULL;
    evc_error *kept = NULL;
    int code = open_place(rescue, danger, &place, &failed);
    int rc;

    if (code)
        code = give_up(danger, code, &failed);
    else
        code = see_to(place, file, danger, rescue->wait, &kept, &failed);
    evc_cluster_unref(place);
    if (code) {
        rc = tell_failure(r, danger, path, code, failed, err);
        return rc || !ends_all(rescue, code) ? rc : code;
    }
    rc = add_row(rescue->rows, danger, "enabled", kept ? evc_error_message(kept) : NULL,
                 path, err);
    evc_error_free(kept);
    return rc;
}

static int
see_to_path(void *user, const char *path, evc_error **err)
{
    round *r = user;
    evc_dangerfile *file = NULL;
    evc_error *why = NULL;
    evc_danger danger;
    int rc = evc_dangerfile_take(r->rescue->crypto, path, &file, &danger, &why);

    if (rc == ENVCRYPT_E_FILE_NOT_FOUND) { /* somebody else was faster */
        rc = 0;
    } else if (rc == ENVCRYPT_E_NOMEM) {
        rc = evc_err_nomem(err);
    } else if (rc == ENVCRYPT_E_FILE_BUSY) {
        evc_danger seen;

        if (evc_dangerfile_peek(r->rescue->crypto, path, &seen, NULL) != 0)
            evc_danger_init(&seen);
        rc = add_row(r->rescue->rows, &seen, "busy", evc_error_message(why), path, err);
        evc_danger_reset(&seen);
    } else if (rc) {
        rc = add_row(r->rescue->rows, NULL, "unreadable", evc_error_message(why), path,
                     err);
    } else {
        rc = enable_and_tell(r, file, &danger, path, err);
    }
    evc_error_free(why);
    evc_danger_reset(&danger);
    evc_dangerfile_close(file);
    return rc;
}

int
evc_rescue_folder(const evc_rescue *rescue, const char *folder, evc_error **err)
{
    round r = {.rescue = rescue};
    evc_error *why = NULL;
    int rc;

    if (!folder || !folder[0])
        return 0;
    rc = evc_dangerfile_each(folder, see_to_path, &r, &why);
    if (rc && r.code == 0 && !ends_all(rescue, rc))
        rc = add_row(rescue->rows, NULL, "unreadable", evc_error_message(why), folder,
                     err);
    else if (rc && r.code == 0) {
        evc_err_add_cause(err, why);
        why = NULL;
    }
    evc_error_free(why);
    if (r.code == 0)
        return rc;
    evc_err_drop(err); /* a key that is disabled is worth more than the rest */
    evc_err_add_cause(err, r.why);
    return r.code;
}

/* --- the next call about the cluster ---------------------------------------------- */

typedef struct own_round {
    evc_cluster *cluster;
    evc_wait *wait;
    evc_rescue_fn told;
    void *user;
} own_round;

static void tell(const own_round *r, const char *format, ...) EVC_PRINTF(2, 3);

static void
tell(const own_round *r, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(text, sizeof(text), format, arguments);
    va_end(arguments);
    r->told(r->user, text);
}

static bool
is_its(const evc_cluster *cluster, const evc_danger *danger)
{
    return strcmp(danger->uri, cluster->uri) == 0 ||
           (strncmp(danger->uri, cluster->driver->scheme,
                    strlen(cluster->driver->scheme)) == 0 &&
            cluster->name[0] &&
            (strcmp(danger->cluster, cluster->name) == 0 ||
             strcmp(danger->name, cluster->name) == 0));
}

static int
see_to_own(const own_round *r, const char *path, evc_error **err)
{
    evc_dangerfile *file = NULL;
    evc_error *kept = NULL;
    evc_danger danger;
    int rc = evc_dangerfile_take(r->cluster->crypto, path, &file, &danger, err);

    if (rc == 0)
        rc = see_to(r->cluster, file, &danger, r->wait, &kept, err);
    if (rc == 0)
        tell(r,
             "the key %s is enabled again, which a destructive proof left disabled%s%s",
             danger.key, kept ? "; " : "", kept ? evc_error_message(kept) : "");
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND) {
        evc_err_drop(err);
        rc = 0;
    }
    evc_error_free(kept);
    evc_danger_reset(&danger);
    evc_dangerfile_close(file);
    return rc;
}

static int
look_whose(void *user, const char *path, evc_error **err)
{
    const own_round *r = user;
    evc_error *why = NULL;
    evc_danger danger;
    int rc = evc_dangerfile_peek(r->cluster->crypto, path, &danger, &why);
    bool ours = rc == 0 && is_its(r->cluster, &danger);

    evc_danger_reset(&danger);
    if (rc == ENVCRYPT_E_NOMEM)
        rc = evc_err_nomem(err);
    else if (rc && rc != ENVCRYPT_E_FILE_NOT_FOUND)
        tell(r, "%s", evc_error_message(why));
    evc_error_free(why);
    if (rc == ENVCRYPT_E_NOMEM)
        return rc;
    return ours ? see_to_own(r, path, err) : 0;
}

int
evc_rescue_own(evc_cluster *cluster, const char *folder, evc_wait *wait,
               evc_rescue_fn told, void *user, evc_error **err)
{
    own_round r = {cluster, wait, told, user};

    if (!folder || !folder[0])
        return 0;
    return evc_dangerfile_each(folder, look_whose, &r, err);
}
